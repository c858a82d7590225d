"""Folders as a path of a source: the files in them, and the columns that their names state (``year=2026``)."""

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from outcross.resources.errors import BadInput

TABLES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
"""Files that, at the top of a folder of images, name the images and describe them."""
_KEY = re.compile(r"([A-Za-z_][\w.-]*)=(.*)")
_NULLS = ("", "__HIVE_DEFAULT_PARTITION__")
_NO_DATA = re.compile(
    r"(?i)thumbs\.db|desktop\.ini|__macosx|_success|_(common_)?metadata|_(committed|started|temporary|delta_log).*"
)
_LAKES = {"_delta_log": "Delta", "metadata": "Iceberg", ".hoodie": "Hudi"}
"""A folder within a lake's table → the lake."""


def files_of_folder(folder: Path, name: str) -> list[str]:
    """Return the files in a folder and below it, sorted, relative to it; hidden ones are no data.

    A folder that ``datasets.save_to_disk`` wrote has the files that its ``state.json`` names, in that order. Where a
    table ``metadata.csv``, ``.jsonl`` or ``.parquet`` describes the others, it alone is returned.

    Args:
        folder: to look into.
        name: of the folder, for messages.

    Raises:
        BadInput: there is no file in it, or it is a table of a lake or several datasets.
    """
    called = name.rstrip("/") or name
    _refuse_splits(folder, called)
    if (saved := _saved_to_disk(folder, called)) is not None:
        return saved
    _refuse_lake(folder, called)
    if (table := next((each for each in TABLES if (folder / each).is_file()), None)) is not None:
        return [table]
    found = sorted(_walk(folder))
    if not found:
        raise BadInput(f"folder {name!r} holds no file of data; correct the path")
    return found


def keys_of(name: str) -> dict[str, str | None]:
    """Return the columns that a file's folders state as ``key=value``, in their order; a missing value is null."""
    keys: dict[str, str | None] = {}
    for part in name.replace("\\", "/").split("/")[:-1]:
        if (match := _KEY.fullmatch(part)) is not None:
            value = unquote(match[2])
            keys[unquote(match[1])] = None if value in _NULLS else value
    return keys


def _walk(folder: Path) -> Iterable[str]:
    """Yield the files below a folder; neither hidden ones nor those that writers and systems add."""
    for top, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if not _is_no_data(each)]
        below = Path(top).relative_to(folder)
        yield from ((below / each).as_posix() for each in files if not _is_no_data(each) and Path(top, each).is_file())


def _is_no_data(name: str) -> bool:
    return name.startswith((".", "~$")) or _NO_DATA.fullmatch(name) is not None


def _refuse_splits(folder: Path, name: str) -> None:
    about = folder / "dataset_dict.json"
    if not about.is_file():
        return
    try:
        splits = [str(split) for split in json.loads(about.read_text())["splits"]]
    except (OSError, ValueError, KeyError, TypeError):
        splits = sorted(state.parent.name for state in folder.glob("*/state.json"))
    if splits:
        listed = ", ".join(f"'{name}/{split}'" for split in splits)
        raise BadInput(f"path {name!r} is a folder of {len(splits)} datasets; name one, or a list of them: {listed}")


def _saved_to_disk(folder: Path, name: str) -> list[str] | None:
    """Return the files of a folder that ``datasets.save_to_disk`` wrote; None of another folder."""
    state = folder / "state.json"
    if not (state.is_file() and (folder / "dataset_info.json").is_file()):
        return None
    try:
        files = [str(each["filename"]) for each in json.loads(state.read_text())["_data_files"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(
            f"path {name!r} is a folder of a dataset whose state.json is damaged; name its files, such as "
            f"'{name}/*.arrow'"
        ) from None
    if missing := [each for each in files if Path(each).name != each or not (folder / each).is_file()]:
        raise BadInput(f"path {name!r} lacks the file {missing[0]!r} that its state.json names; copy the folder again")
    if not files:
        raise BadInput(f"path {name!r} is a folder of a dataset without files; save it again once it has rows")
    return files


def _refuse_lake(folder: Path, name: str) -> None:
    for inner, lake in _LAKES.items():
        within = folder / inner
        if within.is_dir() and (inner != "metadata" or any(within.glob("*.metadata.json"))):
            raise BadInput(
                f"path {name!r} is a folder of a table of {lake}, whose files also hold rows that were deleted; write "
                "its current rows to Parquet with what wrote it, and name that file"
            )
