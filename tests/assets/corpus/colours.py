"""Small pictures in colour, of three classes, as files and as bytes."""

import io
from pathlib import Path

import numpy as np

CLASSES = ("red", "green", "blue")


def coloured(rows: int, seed: int) -> tuple[np.ndarray, list[str]]:
    """Return noisy pictures (rows, 8, 8, 3) with a darker bar, each brightest in the channel of its class."""
    random = np.random.default_rng(seed)
    classes = np.arange(rows) % 3
    pictures = random.integers(0, 60, (rows, 8, 8, 3))
    pictures[np.arange(rows), ..., classes] += random.integers(100, 190, (rows, 1, 1))
    for picture, top in zip(pictures, random.integers(0, 6, rows), strict=True):
        picture[top : top + 3] //= 2
    return pictures.astype(np.uint8), [CLASSES[each] for each in classes]


def to_png(picture: np.ndarray) -> bytes:
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


def write_pictures(folder: Path, rows: int, seed: int) -> Path:
    """Write pictures, each into the folder of its class."""
    for place, (picture, name) in enumerate(zip(*coloured(rows, seed), strict=True)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / f"{place:03}.png").write_bytes(to_png(picture))
    return folder
