"""A folder as the path of a source: the files in it."""

import os
from pathlib import Path

from outcross.resources.errors import BadInput

TABLES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
"""Files that, at the top of a folder of images, name the images and describe them."""
_NO_DATA = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


def files_of_folder(folder: Path) -> list[Path]:
    """Return the files in a folder and its subfolders, sorted; hidden ones are left out.

    Where a table ``metadata.csv``, ``.jsonl`` or ``.parquet`` describes the others, it alone is returned.

    Raises:
        BadInput: there is no file.
    """
    for name in TABLES:
        if (folder / name).is_file():
            return [folder / name]
    found: list[Path] = []
    for top, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        found += [Path(top, name) for name in files if not _is_hidden(name)]
    if not found:
        raise BadInput(f"folder {folder.name!r} holds no file; correct 'path'")
    return sorted(path for path in found if path.is_file())


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in _NO_DATA
