"""The inbox of a corpus, a folder or an object store's prefix: its files, and the state of each.

A file that is being written is ignored if its name ends in ``.partial``: write the sidecar first, then the file under
such a name, and rename it. Subfolders are ignored, and so are links, because their targets may be anywhere.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import fsspec
from fsspec.implementations.local import LocalFileSystem

from outcross.assets.corpus.marks.beside import is_about_data, names_beside
from outcross.assets.corpus.provenance import SIDECAR
from outcross.resources.staging import staging_folder

PARTIAL_SUFFIXES = (".partial", ".tmp", ".crdownload")
_STAMPS = ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "updated", "mtime", "created")
_LONGEST = 60


@dataclass(frozen=True, kw_only=True)
class InboxFile:
    """A file in an inbox.

    Attributes:
        name: its name, with any character that a file system allows.
        path: its path in the inbox's file system.
        size: bytes of the file and its sidecars.
        state: size and modification time of the file and its sidecars; another state is another batch.
        sidecars: paths of the provenance files next to it, if any.
    """

    name: str
    path: str
    size: int
    state: str
    sidecars: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of the name and the state, in hexadecimal digits."""
        return sha256(f"{self.name}\0{self.state}".encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def key(self) -> str:
        """The partition key of this file: at most 69 letters, digits, ``.``, ``_`` and ``-``."""
        plain = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9._-]", "_", self.name))
        return f"{plain[:_LONGEST]}-{self.digest[:8]}"


class Inbox:
    """An inbox: a local folder, or a URL that fsspec opens (``s3://bucket/prefix``)."""

    def __init__(self, place: str) -> None:
        self.filesystem, path = fsspec.core.url_to_fs(place)
        self.path = str(path).rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether the inbox is a folder of this machine."""
        return isinstance(self.filesystem, LocalFileSystem)

    def files(self) -> dict[str, InboxFile]:
        """Return the files that look like batches, by name and sorted by name.

        Raises:
            FileNotFoundError: the folder or prefix is missing.
        """
        stamps = _local_stamps(self.path) if self.is_local else self._remote_stamps()
        return {name: self._file(name, stamps) for name in sorted(stamps) if looks_like_batch(name)}

    def find(self, key: str) -> InboxFile | None:
        """Return the file of a partition; None if it was removed or has changed.

        Raises:
            FileNotFoundError: the folder or prefix is missing.
        """
        return next((each for each in self.files().values() if each.key == key), None)

    def url(self, file: InboxFile) -> str:
        """Return the URL of a file: in plain ASCII, or as the object store spells it."""
        return Path(file.path).as_uri() if self.is_local else str(self.filesystem.unstrip_protocol(file.path))

    @contextmanager
    def local_copy(self, file: InboxFile) -> Iterator[Path]:
        """Yield a local path of the file, with its own name and its sidecars next to it; download them if remote.

        Raises:
            FileNotFoundError: the file was removed.
        """
        if self.is_local:
            yield Path(file.path)
            return
        with staging_folder() as folder:
            for path in (file.path, *file.sidecars):
                self.filesystem.get_file(path, f"{folder}/{_name(path)}")
            yield folder / file.name

    def _file(self, name: str, stamps: Mapping[str, "_Stamp"]) -> InboxFile:
        sidecars = [each for each in _sidecars(name) if each in stamps]
        found = [stamps[each] for each in (name, *sidecars)]
        return InboxFile(
            name=name,
            path=f"{self.path}/{name}",
            size=sum(each.size for each in found),
            state=";".join(f"{each.size}-{each.changed}" for each in found),
            sidecars=tuple(f"{self.path}/{each}" for each in sidecars),
        )

    def _remote_stamps(self) -> "dict[str, _Stamp]":
        self.filesystem.invalidate_cache()
        entries: list[dict[str, Any]] = self.filesystem.ls(self.path, detail=True)
        return {
            name: _Stamp(int(entry["size"]), str(next((entry[key] for key in _STAMPS if entry.get(key)), "")))
            for entry in entries
            if entry["type"] == "file" and (name := _name(entry["name"]))
        }


class _Stamp(NamedTuple):
    """The state of one file: its bytes, and its modification time or the object store's mark of a change."""

    size: int
    changed: str


def looks_like_batch(name: str) -> bool:
    """Whether a file of this name may be a batch: not hidden, not about other files, and not still being written."""
    return not (name.startswith(".") or name.lower().endswith((*PARTIAL_SUFFIXES, SIDECAR)) or is_about_data(name))


def _local_stamps(folder: str) -> dict[str, _Stamp]:
    """Return the stamps of the regular files in a folder; files that vanish meanwhile are left out."""
    stamps = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if entry.is_file(follow_symlinks=False):
                    found = entry.stat(follow_symlinks=False)
                    stamps[entry.name] = _Stamp(found.st_size, str(found.st_mtime_ns))
            except FileNotFoundError:
                continue
    return stamps


def _sidecars(name: str) -> tuple[str, ...]:
    """Return the names of files about this one alone: its provenance, and those that may bear a mark of its rows."""
    own = dict.fromkeys((name + SIDECAR, name.split(".", maxsplit=1)[0] + SIDECAR))
    return (*own, *names_beside(name))


def _name(path: str) -> str:
    return str(path).rsplit("/", 1)[-1]
