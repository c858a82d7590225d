"""Encoded images (PNG, JPEG, WebP, …) as pixels: grey, or in colour where one of them is."""

import io
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from outcross.resources.errors import BadInput, reason_of

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
"""Extensions of image files that are read."""
CODECS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""Pillow's names of the encodings that are read; others are not tried, since some start a program."""
MOST_PIXELS = 2**31
"""Pixels that all images of a source may have together."""
REMEDY = "or give the column the role 'ignore'"
_LEAVE_OUT = "or leave the file out of 'path'"
_DEEP = ("I", "F")


@dataclass(frozen=True)
class DecodedImages:
    """Images of one size.

    Attributes:
        pixels: uint8 (rows, height × width × channels), row by row; of colour, red, green and blue of each pixel.
        shape: (height, width).
        levels: the highest value: 1 where every image is black and white, else 255.
        channels: 1 where all are grey, 3 where one is in colour.
        notes: remarks on what was changed.
    """

    pixels: np.ndarray
    shape: tuple[int, int]
    levels: int
    channels: Literal[1, 3]
    notes: list[str]

    def in_colour(self) -> "DecodedImages":
        """The same grey images with three equal channels; values that are black and white are 0 and 255."""
        pixels = self.pixels * np.uint8(255 // self.levels)
        return replace(self, pixels=pixels.repeat(3, axis=1), levels=255, channels=3)


@dataclass
class _Counts:
    """What was changed, in images."""

    converted: int = 0
    coloured: int = 0
    transparent: int = 0
    frames: int = 0
    resized: int = 0
    deep: bool = False

    def notes(self, size: tuple[int, int] | None, *, images: int) -> list[str]:
        mixed = images - self.coloured if self.coloured else 0
        found = [
            (self.converted, "images in colour were converted to grey (grey)"),
            (mixed, f"images are grey among {self.coloured:,} in colour: they are read as colour"),
            (self.transparent, "images with transparent parts were laid on white"),
            (self.frames, "images have several frames, of which the first is read"),
            (self.resized, f"images of other sizes were resized to {size[0]} × {size[1]} (size)" if size else ""),
        ]
        return [f"{count:,} {what}" for count, what in found if count]


def decode_images(
    contents: Iterable[bytes | np.ndarray],
    *,
    size: tuple[int, int] | None,
    grey: bool,
    where: str,
    files: Sequence[str] = (),
) -> DecodedImages:
    """Decode images to grey pixels, or to red, green and blue where one of them has colours.

    Args:
        contents: encoded images, or pixels uint8 (height, width) or (height, width, channels).
        size: (height, width) that all are resized to; None leaves them, and they must be of one size.
        grey: whether colour is converted to grey; images in colour that hold only greys count as grey.
        where: the column, as messages name it.
        files: the file of each image, where each has one.

    Raises:
        BadInput: an image is damaged, too large, or of more than 8 bits, or sizes differ.
    """
    counts, total, remedy = _Counts(), 0, _LEAVE_OUT if files else REMEDY
    pictures: list[Image] = []
    for number, content in enumerate(contents, start=1):
        place = f"file {files[number - 1]!r}" if files else f"{where}, row {number}"
        picture = _plain(_open(content, place, remedy), counts, grey=grey, where=place, remedy=remedy)
        if size is not None and picture.size != size[::-1]:
            picture = _resize(picture, size)
            counts.resized += 1
        _refuse_other_size(pictures, picture, files[:number] or number, where=where, remedy=remedy)
        total += picture.width * picture.height * len(picture.getbands())
        if total > MOST_PIXELS:
            raise BadInput(
                f"{where}: the images have more than {MOST_PIXELS:,} values together; set 'size: [32, 32]' to resize "
                "them, or 'rows_limit'"
            )
        counts.deep |= picture.mode != "1"
        pictures.append(picture)
    counts.coloured = sum(picture.mode == "RGB" for picture in pictures)
    shape, mode = pictures[0].size[::-1], "RGB" if counts.coloured else "L"
    pixels = np.stack([np.asarray(picture.convert(mode)).ravel() for picture in pictures])
    levels = 255 if counts.deep else 1
    if levels == 1:
        pixels = (pixels > 0).astype(np.uint8)
    notes = counts.notes(size, images=len(pictures))
    return DecodedImages(pixels, shape, levels, 3 if counts.coloured else 1, notes)


def is_encoded_image(content: bytes) -> bool:
    """Return whether bytes begin as an image that is read."""
    starts = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"BM", b"GIF8", b"II*\0", b"MM\0*")
    return content.startswith(starts) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def _open(content: bytes | np.ndarray, where: str, remedy: str) -> "Image":
    """Return the first frame of an image, decoded and turned as its camera says."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    if isinstance(content, np.ndarray):
        return Image.fromarray(content)
    if not content:
        raise BadInput(f"{where}: the image is empty; drop it, {remedy}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=CODECS)
            frames = getattr(picture, "n_frames", 1)
            picture.load()
            turned = ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadInput(
            f"{where}: the image has more than {Image.MAX_IMAGE_PIXELS:,} pixels, the most allowed; save it smaller, "
            f"{remedy}"
        ) from None
    except UnidentifiedImageError:
        raise BadInput(
            f"{where}: the bytes are no {', '.join(CODECS)} image (they begin with {content[:8]!r}); "
            f"store one of these, {remedy}"
        ) from None
    except Exception as error:  # every decoder has its own exceptions for damaged bytes
        reason = reason_of(error)
        raise BadInput(f"{where}: the image cannot be decoded ({reason}); save it again, {remedy}") from error
    turned.info["frames"] = frames
    return turned


def _plain(picture: "Image", counts: _Counts, *, grey: bool, where: str, remedy: str) -> "Image":
    """Return an image of mode ``L``, ``1``, or ``RGB`` where it has colours and these are kept."""
    counts.frames += picture.info.get("frames", 1) > 1
    if picture.mode in ("1", "L"):
        if "transparency" not in picture.info:
            return picture
    elif picture.mode.startswith(_DEEP):
        raise BadInput(
            f"{where}: the image has more than 8 bits a pixel (mode {picture.mode!r}); scale it to 0..255 and save it "
            f"with 8 bits, {remedy}"
        )
    if picture.has_transparency_data:
        picture, transparent = _on_white(picture)
        counts.transparent += transparent
    colour = picture.convert("RGB")
    channels = np.asarray(colour)
    if (channels == channels[..., :1]).all():
        return colour.getchannel(0)
    if not grey:
        return colour
    counts.converted += 1
    return colour.convert("L")


def _on_white(picture: "Image") -> tuple["Image", bool]:
    """Return the image on a white ground, and whether any pixel lets it show."""
    from PIL import Image

    layer = picture.convert("RGBA")
    white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
    lets_show = bool((np.asarray(layer.getchannel("A")) < 255).any())
    return Image.alpha_composite(white, layer).convert("RGB"), lets_show


def _resize(picture: "Image", size: tuple[int, int]) -> "Image":
    from PIL import Image

    whole = picture if picture.mode == "RGB" else picture.convert("L")
    return whole.resize(size[::-1], Image.Resampling.BICUBIC)


def _refuse_other_size(
    pictures: list["Image"], picture: "Image", read: Sequence[str] | int, *, where: str, remedy: str
) -> None:
    """Refuse an image of another size than the first; ``read`` names the files up to it, or is its row."""
    if pictures and picture.size != pictures[0].size:
        first, other = (f"{each.height} × {each.width}" for each in (pictures[0], picture))
        one, another = ("row 1", f"row {read}") if isinstance(read, int) else (repr(read[0]), repr(read[-1]))
        raise BadInput(
            f"{where}: images differ in size ({one} has {first} pixels, {another} has {other}); set "
            f"'size: [32, 32]' (height and width) to resize them to one size, {remedy}"
        )
