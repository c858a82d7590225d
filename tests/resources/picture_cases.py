"""Pictures in the forms in which people hold them: those that are read, and those that are refused."""

import base64
import gzip
import io
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

ROWS = 6
LABELS = ["a", "b"] * (ROWS // 2)


def pictures(*channels: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (ROWS, 8, 8, *channels)).astype(np.uint8)


def encode(pixels: np.ndarray, form: str = "PNG", mode: str | None = None, **options: Any) -> bytes:
    from PIL import Image

    image = Image.fromarray(pixels)
    content = io.BytesIO()
    (image.convert(mode) if mode else image).save(content, form, **options)
    return content.getvalue()


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


Write = Callable[[Path], None]


def both(*writes: Write) -> Write:
    def write(folder: Path) -> None:
        for each in writes:
            each(folder)

    return write


def table(name: str = "a.parquet", **columns: Any) -> Write:
    def write(folder: Path) -> None:
        frame = pl.DataFrame(columns)
        frame.write_parquet(folder / name) if name.endswith("parquet") else frame.write_csv(folder / name)

    return write


def files(contents: dict[str, bytes]) -> Write:
    def write(folder: Path) -> None:
        for name, content in contents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

    return write


def arrays(name: str, save: Callable[..., None], *unnamed: np.ndarray, **named: np.ndarray) -> Write:
    def write(folder: Path) -> None:
        save(folder / name, *unnamed, **named)

    return write


GREY, COLOUR = pictures(), pictures(3)
PNGS = [encode(pixels) for pixels in GREY]
HUB = {"image": [{"bytes": content, "path": f"{row}.png"} for row, content in enumerate(PNGS)], "label": LABELS}
FOLDERS = {f"imgs/{LABELS[row]}/{row}.png": content for row, content in enumerate(PNGS)}
LIKE_FOLDERS = np.concatenate([GREY[::2], GREY[1::2]])
FLAT = {f"imgs/{row}.png": content for row, content in enumerate(PNGS)}
METADATA = "file_name,label\n" + "".join(f"{row}.png,{LABELS[row]}\n" for row in range(ROWS))
PARQUET = {"path": "a.parquet"}
MNIST = {"t-images-idx3-ubyte.gz": gzip.compress(idx(GREY)), "t-labels-idx1-ubyte": idx(np.arange(ROWS, dtype="u1"))}


@dataclass(frozen=True)
class Held:
    """Pictures in some form, and what they are read as."""

    name: str
    write: Write
    settings: dict[str, Any] = field(default_factory=lambda: PARQUET)
    pixels: np.ndarray | None = field(default_factory=lambda: GREY)
    labels: Sequence[str] | None = None
    levels: int = 255
    notes: str = ""


HELD = [
    Held("structures of the Hub", table(**HUB), labels=LABELS),
    Held(
        "structures that name files",
        both(files(FLAT), table(image=[{"bytes": None, "path": f"imgs/{row}.png"} for row in range(ROWS)])),
    ),
    Held("bytes of PNG", table(picture=PNGS)),
    Held("lossless WebP", table(x=[encode(each, "WEBP", lossless=True) for each in GREY])),
    Held("JPEG", table(x=[encode(each, "JPEG") for each in GREY]), pixels=None),
    Held("base64", table(x=[base64.b64encode(each).decode() for each in PNGS])),
    Held(
        "data URLs in JSON Lines",
        files(
            {
                "a.jsonl": "\n".join(
                    json.dumps({"img": f"data:image/png;base64,{base64.b64encode(each).decode()}"}) for each in PNGS
                ).encode()
            }
        ),
        {"path": "a.jsonl"},
    ),
    Held("grey saved as RGB", table(x=[encode(each, mode="RGB") for each in GREY])),
    Held(
        "black and white",
        table(x=[encode(each * np.uint8(255), mode="1") for each in GREY % 2]),
        pixels=GREY % 2,
        levels=1,
    ),
    Held(
        "an opaque alpha channel",
        table(x=[encode(np.dstack([each, np.full_like(each, 255)])) for each in GREY]),
    ),
    Held(
        "a transparent one",
        table(x=[encode(np.dstack([each, np.zeros_like(each)])) for each in GREY]),
        pixels=np.full_like(GREY, 255),
        notes="laid on white",
    ),
    Held(
        "paths in CSV",
        both(files(FLAT), table("a.csv", file_name=[f"imgs/{row}.png" for row in range(ROWS)], label=LABELS)),
        {"path": "a.csv"},
        labels=LABELS,
        notes="names image files",
    ),
    Held(
        "a folder a class",
        files({**FOLDERS, "imgs/.DS_Store": b"x"}),
        {"path": "imgs"},
        pixels=LIKE_FOLDERS,
        labels=sorted(LABELS),
        notes="folder of each image",
    ),
    Held("a glob of folders", files(FOLDERS), {"path": "imgs/*/*.png"}, pixels=LIKE_FOLDERS, labels=sorted(LABELS)),
    Held("a flat folder", files(FLAT), {"path": "imgs/"}, notes="no label"),
    Held(
        "a folder with metadata",
        files({**FLAT, "imgs/metadata.csv": METADATA.encode()}),
        {"path": "imgs"},
        labels=LABELS,
    ),
    Held(
        "NPZ",
        arrays("a.npz", np.savez, x=GREY, y=np.arange(ROWS) % 2),
        {"path": "a.npz"},
        labels=["0", "1"] * 3,
        notes="called 'label'",
    ),
    Held(
        "NPZ of two parts",
        arrays("a.npz", np.savez, x_train=GREY, y_train=np.arange(ROWS) % 2, x_test=GREY[:2]),
        {"path": "a.npz", "columns": {"x_test": "ignore"}},
        labels=["0", "1"] * 3,
    ),
    Held("NPY", arrays("a.npy", np.save, GREY), {"path": "a.npy"}),
    Held("NPY with one channel", arrays("a.npy", np.save, GREY[..., None]), {"path": "a.npy"}),
    Held("flat rows of NPY", arrays("a.npy", np.save, GREY.reshape(ROWS, 64)), {"path": "a.npy"}),
    Held(
        "IDX and its labels", files(MNIST), {"path": "t-images-idx3-ubyte.gz"}, labels=[*"012345"], notes="label: from"
    ),
    Held("IDX, both named", files(MNIST), {"path": "t-*-ubyte*"}, labels=[*"012345"]),
    Held("IDX without labels", files(MNIST), {"path": "t-images-idx3-ubyte.gz", "columns": {"label": "ignore"}}),
    Held("a square by its shape", table(v=GREY.reshape(ROWS, 64).tolist())),
    Held("rows of pixels", table(v=GREY.tolist())),
    Held(
        "colour lists to grey",
        table(v=COLOUR.tolist()),
        {**PARQUET, "grey": True},
        pixels=None,
        notes="converted to grey",
    ),
    Held("channels first", table(v=np.moveaxis(COLOUR, -1, 1).tolist()), {**PARQUET, "grey": True}, pixels=None),
    Held(
        "colour PNG to grey",
        table(x=[encode(each) for each in COLOUR]),
        {**PARQUET, "grey": True},
        pixels=None,
        notes="converted to grey",
    ),
    Held("colour in PNG", table(x=[encode(each) for each in COLOUR]), pixels=COLOUR),
    Held("colour in lists", table(v=COLOUR.tolist()), pixels=COLOUR),
    Held("colour with channels first", table(v=np.moveaxis(COLOUR, -1, 1).tolist()), pixels=COLOUR),
    Held(
        "colour in flat lists",
        table(v=COLOUR.reshape(ROWS, 192).tolist()),
        {**PARQUET, "columns": {"v": {"role": "image", "channels": 3}}},
        pixels=COLOUR,
    ),
    Held("colour in NPZ", arrays("a.npz", np.savez, x=COLOUR), {"path": "a.npz"}, pixels=COLOUR),
    Held("colour in IDX", files({"a-idx4-ubyte": idx(COLOUR)}), {"path": "a-idx4-ubyte"}, pixels=COLOUR),
    Held(
        "colour of a class a folder",
        files({f"imgs/{LABELS[row]}/{row}.png": encode(each) for row, each in enumerate(COLOUR)}),
        {"path": "imgs"},
        pixels=np.concatenate([COLOUR[::2], COLOUR[1::2]]),
        labels=sorted(LABELS),
    ),
    Held(
        "a palette",
        table(x=[encode(each // 128 * 255, mode="P") for each in COLOUR]),
        pixels=COLOUR // 128 * 255,
    ),
    Held(
        "transparent colour",
        table(x=[encode(np.dstack([each, np.zeros((8, 8), np.uint8)])) for each in COLOUR[:-1]] + [encode(COLOUR[-1])]),
        pixels=np.concatenate([np.full_like(COLOUR[:-1], 255), COLOUR[-1:]]),
        notes="5 images with transparent parts were laid on white",
    ),
    Held(
        "grey among colour",
        table(x=[*PNGS[:2], *(encode(each) for each in COLOUR[2:])]),
        pixels=np.concatenate([GREY[:2, ..., None].repeat(3, axis=-1), COLOUR[2:]]),
        notes="2 images are grey among 4 in colour: they are read as colour",
    ),
    Held(
        "grey as colour",
        table(x=PNGS),
        {**PARQUET, "columns": {"x": {"role": "image", "channels": 3}}},
        pixels=GREY[..., None].repeat(3, axis=-1),
    ),
    Held(
        "lists resized",
        table(v=GREY.reshape(ROWS, 64).tolist()),
        {**PARQUET, "size": [4, 6]},
        pixels=None,
        notes="resized to 4 × 6",
    ),
    Held(
        "unequal sizes resized",
        table(x=[encode(each[: 5 + row % 2]) for row, each in enumerate(GREY)]),
        {**PARQUET, "size": [4, 6]},
        pixels=None,
        notes="resized to 4 × 6",
    ),
]


@dataclass(frozen=True)
class Refused:
    """Pictures that are refused, what the message says, and settings that it offers and that work (None: outside)."""

    name: str
    write: Write
    says: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=lambda: PARQUET)
    offers: dict[str, Any] | None = None


def bomb() -> bytes:
    from PIL import Image

    content = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(content, "PNG")
    return content.getvalue()


REFUSED = [
    Refused(
        "colour of one channel",
        table(image=[encode(each) for each in COLOUR]),
        ("'channels' is 1", "'grey: true'"),
        {**PARQUET, "columns": {"image": {"role": "image", "channels": 1}}},
        offers={"grey": True},
    ),
    Refused(
        "flat lists of colour",
        table(image=COLOUR.reshape(ROWS, 192).tolist()),
        ("192 pixels are not a square", "'shape: [8, 8]' and 'channels: 3'"),
        offers={"columns": {"image": {"role": "image", "shape": [8, 8], "channels": 3}}},
    ),
    Refused(
        "films",
        table(image=pictures(5, 8).tolist()),
        ("4 dimensions",),
    ),
    Refused(
        "five channels",
        table(image=pictures(5).tolist()),
        ("3 dimensions (8 × 8 × 5)",),
    ),
    Refused(
        "colour in flat shapes",
        table(image=COLOUR.tolist()),
        ("'shape' is 8 × 24", "remove 'shape'"),
        {**PARQUET, "columns": {"image": {"role": "image", "shape": [8, 24]}}},
        offers={"columns": {"image": "image"}},
    ),
    Refused(
        "unequal sizes",
        table(image=[encode(each[: 5 + row % 2]) for row, each in enumerate(GREY)]),
        ("row 2", "5 × 8", "'size: [32, 32]'"),
        offers={"size": [32, 32]},
    ),
    Refused(
        "unequal lists",
        table(image=[GREY[0].tolist(), GREY[1][:4].tolist()]),
        ("differ in size", "'size: [32, 32]'"),
        offers={"size": [32, 32]},
    ),
    Refused(
        "damaged file",
        files({**FLAT, "imgs/z.png": PNGS[0][:20]}),
        ("file 'imgs/z.png'", "leave the file out of 'path'"),
        {"path": "imgs"},
    ),
    Refused(
        "files of unequal sizes",
        files({**FLAT, "imgs/z.png": encode(GREY[0][:5])}),
        ("'imgs/z.png' has 5 × 8", "'size: [32, 32]'"),
        {"path": "imgs"},
        offers={"size": [32, 32]},
    ),
    Refused("16 bits", table(image=[encode(each.astype(np.uint16) * 200) for each in GREY]), ("row 1", "8 bits")),
    Refused(
        "floats 0..1",
        arrays("a.npy", np.save, GREY / 255),
        ("whole numbers", "scale them to 0..255"),
        {"path": "a.npy"},
    ),
    Refused("missing", table(image=[None, *PNGS]), ("1 images are missing",)),
    Refused("damaged", table(image=[PNGS[0][:60]] * 2), ("row 1", "cannot be decoded")),
    Refused("sound", table(image=[{"bytes": b"RIFF1234WAVE", "path": "a.wav"}] * 2), ("no PNG", "RIFF")),
    Refused(
        "too large",
        table(image=[bomb()] * 2),
        ("row 1", "most allowed", "save it smaller"),
        {**PARQUET, "size": [8, 8]},
    ),
    Refused(
        "missing file",
        table("a.csv", image=["no/1.png", "no/2.png"], n=[1, 2]),
        ("row 1", "'no/1.png' does not exist"),
        {"path": "a.csv"},
        offers={"columns": {"image": "ignore"}},
    ),
    Refused(
        "addresses",
        table("a.csv", url=[f"https://x.org/{n}.jpg?w=3" for n in range(3)], n=[1, 2, 3]),
        ("row 1", "download"),
        {"path": "a.csv"},
        offers={"columns": {"url": "ignore"}},
    ),
    Refused(
        "images beside a table",
        files({**FLAT, "imgs/labels.csv": METADATA.encode()}),
        ("'imgs/labels.csv'", "name the table alone"),
        {"path": "imgs"},
        offers={"path": "imgs/labels.csv"},
    ),
    Refused(
        "arrays of unequal rows",
        arrays("a.npz", np.savez, x=GREY, z=GREY[:2]),
        ("differ in rows", "columns: {z: ignore}"),
        {"path": "a.npz"},
        offers={"columns": {"z": "ignore"}},
    ),
    Refused(
        "Python objects",
        arrays("a.npy", np.save, np.array([{}, {}], dtype=object)),
        ("never unpickled",),
        {"path": "a.npy"},
    ),
    Refused("no array", files({"a.npy": b"nope"}), ("cannot be read as arrays",), {"path": "a.npy"}),
    Refused(
        "half of IDX", files({"t-images-idx3-ubyte": idx(GREY)[:-1]}), ("not whole",), {"path": "t-images-idx3-ubyte"}
    ),
    Refused(
        "labels of IDX alone",
        files(MNIST),
        ("no images",),
        {"path": "t-labels-idx1-ubyte"},
        offers={"path": "t-images-idx3-ubyte.gz"},
    ),
    Refused(
        "labels that do not fit",
        files({**MNIST, "t-labels-idx1-ubyte": idx(np.zeros(2, "u1"))}),
        ("do not fit",),
        {"path": "t-images-idx3-ubyte.gz"},
        offers={"columns": {"label": "ignore"}},
    ),
    Refused(
        "another shape",
        table(image=PNGS),
        ("'shape' is 4 × 16",),
        {**PARQUET, "columns": {"image": {"role": "image", "shape": [4, 16]}}},
        offers={"size": [4, 16]},
    ),
    Refused(
        "grey of no picture",
        table(n=[1, 2]),
        ("no column holds pictures", "remove 'grey'"),
        {**PARQUET, "grey": True},
        offers={"grey": False},
    ),
    Refused(
        "lists of words",
        table(tags=[["x"], ["y", "z"]], n=[1, 2]),
        ("'tags'", "lists of 1 to 2 values"),
        offers={"columns": {"tags": "ignore"}},
    ),
    Refused(
        "embeddings",
        table(v=(GREY / 7).reshape(ROWS, 64).tolist(), n=range(ROWS)),
        ("'v'", "lists of 64 values"),
        offers={"columns": {"v": "ignore"}},
    ),
    Refused(
        "edges of boxes",
        table(box=[[1, 2, 3, 4]] * 3, n=[1, 2, 3]),
        ("'box'", "make a column of each place"),
        offers={"columns": {"box": "ignore"}},
    ),
]
