"""The folder, or object store's prefix, that a corpus watches: which files lie there, and as what they were last seen.

A file under way is not taken: write it under a name that ends in ``.partial`` and rename it, its provenance first.
Folders below the inbox are left alone, and so are links: what they lead to may lie anywhere.
"""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import fsspec
from fsspec.implementations.local import LocalFileSystem

from outcross.assets.corpus.provenance import SIDECAR

UNDER_WAY = (".partial", ".tmp", ".crdownload")
_STAMPS = ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "updated", "mtime", "created")
_LONGEST = 60


@dataclass(frozen=True, kw_only=True)
class InboxFile:
    """A file in an inbox.

    Attributes:
        name: of the file; it may hold any character that a file system allows.
        path: as the inbox's file system has it.
        size: bytes, the provenance beside it included.
        state: size and time of change of it and of the provenance beside it: another state is another batch.
        beside: paths of the provenance beside it, as far as there is any.
    """

    name: str
    path: str
    size: int
    state: str
    beside: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Hash of the name and the state, in hexadecimal digits."""
        return sha256(f"{self.name}\0{self.state}".encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def key(self) -> str:
        """The partition that this file is: letters, digits, ``.``, ``_`` and ``-``, at most 69 of them."""
        plain = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9._-]", "_", self.name))
        return f"{plain[:_LONGEST]}-{self.digest[:8]}"


class Inbox:
    """A place where files are dropped: a path, or a URL that fsspec opens (``s3://bucket/prefix``)."""

    def __init__(self, place: str) -> None:
        self.filesystem, path = fsspec.core.url_to_fs(place)
        self.path = str(path).rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return isinstance(self.filesystem, LocalFileSystem)

    def files(self) -> dict[str, InboxFile]:
        """The files that may be batches, by name, in the order of their names.

        Raises:
            FileNotFoundError: there is no such folder or prefix.
        """
        stamps = _local_stamps(self.path) if self.is_local else self._remote_stamps()
        return {name: self._file(name, stamps) for name in sorted(stamps) if looks_like_batch(name)}

    def find(self, key: str) -> InboxFile | None:
        """The file that a partition is; None where it has been taken away, or changed.

        Raises:
            FileNotFoundError: there is no such folder or prefix.
        """
        return next((each for each in self.files().values() if each.key == key), None)

    def url(self, file: InboxFile) -> str:
        """Where a file lies, as a URL in plain ASCII or as the object store spells it."""
        return Path(file.path).as_uri() if self.is_local else str(self.filesystem.unstrip_protocol(file.path))

    @contextmanager
    def local_copy(self, file: InboxFile) -> Iterator[Path]:
        """A file of this machine under its own name, its provenance beside it; downloaded where it lies elsewhere.

        Raises:
            FileNotFoundError: it has been taken away.
        """
        if self.is_local:
            yield Path(file.path)
            return
        with tempfile.TemporaryDirectory(prefix="outcross-inbox-") as folder:
            for path in (file.path, *file.beside):
                self.filesystem.get_file(path, f"{folder}/{_name(path)}")
            yield Path(folder) / file.name

    def _file(self, name: str, stamps: Mapping[str, "_Stamp"]) -> InboxFile:
        sidecars = [each for each in _sidecars(name) if each in stamps]
        found = [stamps[each] for each in (name, *sidecars)]
        return InboxFile(
            name=name,
            path=f"{self.path}/{name}",
            size=sum(each.size for each in found),
            state=";".join(f"{each.size}-{each.changed}" for each in found),
            beside=tuple(f"{self.path}/{each}" for each in sidecars),
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
    """What tells two states of a file apart: bytes, and when it changed or the store's mark of a change."""

    size: int
    changed: str


def looks_like_batch(name: str) -> bool:
    """Whether a file of this name is a batch: no provenance, nothing hidden, nothing still under way."""
    return not (name.startswith(".") or name.lower().endswith((*UNDER_WAY, SIDECAR)))


def _local_stamps(folder: str) -> dict[str, _Stamp]:
    """Those of regular files; files that vanish meanwhile are left out."""
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
    """Names that the provenance of a file may have, as :mod:`outcross.assets.corpus.intake.arrival` looks for it."""
    return tuple(dict.fromkeys((name + SIDECAR, name.split(".", maxsplit=1)[0] + SIDECAR)))


def _name(path: str) -> str:
    return str(path).rsplit("/", 1)[-1]
