"""Copy a file into the store, unchanged, under a batch id made of its content; record files that were refused."""

import errno
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BufferedReader
from pathlib import Path
from typing import Any

from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.provenance import SIDECAR, RowClaims, Sidecar, parse_claims, parse_sidecar
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.sources.containers import packing_of
from outcross.resources.sources.formats import ROWS_BY_SUFFIX, suffix_of
from outcross.resources.system_faults import refuse_to_blame

PIECE = 2**20
"""Bytes copied at a time."""


@dataclass(frozen=True, kw_only=True)
class SidecarFile:
    """The bytes of a provenance file.

    Attributes:
        name: of the file.
        content: its first ``limit`` bytes.
        limit: bytes that are allowed.
        complete: whether ``content`` is the whole file.
    """

    name: str
    content: bytes
    limit: int
    complete: bool

    @cached_property
    def claims(self) -> Sidecar:
        """The claims in the file.

        Raises:
            BadInput: it is damaged, or larger than is allowed.
        """
        if not self.complete:
            raise BadInput(f"provenance {self.name!r} has more than {self.limit:,} bytes; shorten it")
        return parse_sidecar(self.content, name=self.name)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A file that was copied into the store.

    Attributes:
        batch: its id: the first 16 digits of its sha256, so that equal files are one batch.
        name: of the file, without its folder; only for people to read.
        size: bytes.
        sha256: of its content.
        original: path of the copy within the corpus's folder.
        sidecar: its provenance file, if there is one; copied as well.
        sidecar_path: path of that copy.
    """

    batch: str
    name: str
    size: int
    sha256: str
    original: str
    sidecar: SidecarFile | None
    sidecar_path: str | None = None


def copy_file(files: CorpusStore, path: Path, limits: Limits, *, named: Path) -> Arrival:
    """Copy a file and its provenance file into the store, whatever their content.

    Args:
        files: the store.
        path: the file.
        limits: the most that it may hold.
        named: what the user named, next to which its provenance lies: the file, or what it was packed from.

    Raises:
        BadInput: it is not a regular file, cannot be opened, is larger than is allowed, or changed during the copy.
    """
    if not path.is_file():
        raise BadInput(f"file {path.name!r} does not exist or is not a regular file; check the path")
    size = path.stat().st_size
    if size > limits.bytes:
        raise BadInput(
            f"file {path.name!r} has {size:,} bytes, and {limits.bytes:,} are allowed ('limits: bytes'); split it"
        )
    sidecar = find_sidecar(named, limits)
    sha256 = _digest(path)
    batch = sha256[:16]
    original = f"batches/{batch}/original{extension_of(path.name)}"
    if not (files.exists(original) and files.digest(original) == sha256):
        copied = hashlib.sha256()
        with _open_file(path) as source, files.create(original) as target:
            while piece := source.read(PIECE):
                copied.update(piece)
                target.write(piece)
            if copied.hexdigest() != sha256:
                raise BadInput(f"file {path.name!r} changed while it was copied; send it again once it is complete")
    sidecar_path = None
    if sidecar is not None:
        own = hashlib.sha256(sidecar.content).hexdigest()[:16]
        sidecar_path = f"batches/{batch}/provenance-{own}.json"
        files.put(sidecar_path, sidecar.content)
    return Arrival(
        batch=batch,
        name=path.name,
        size=size,
        sha256=sha256,
        original=original,
        sidecar=sidecar,
        sidecar_path=sidecar_path,
    )


def find_sidecar(path: Path, limits: Limits) -> SidecarFile | None:
    """Read the provenance file next to a file: ``NAME.provenance.json``, where NAME is with or without extension.

    Raises:
        BadInput: there is one that is a link, a device or a folder, which is not followed; or it cannot be opened.
    """
    for found in (path.with_name(path.name + SIDECAR), path.with_name(path.name.split(".")[0] + SIDECAR)):
        limit = limits.sidecar_bytes
        with _open_unfollowed(found) as file:
            if file is not None:
                content = file.read(limit + 1)
                return SidecarFile(
                    name=found.name, content=content[:limit], limit=limit, complete=len(content) <= limit
                )
    return None


@contextmanager
def _open_unfollowed(path: Path) -> Iterator[BufferedReader | None]:
    """Open a regular file, but nothing that a link leads to; None where there is none, or its name is too long."""
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        refuse_to_blame(error)
        if error.errno != errno.ENAMETOOLONG:
            raise BadInput(f"provenance {path.name!r} cannot be opened ({error.strerror}); check its folder") from None
        yield None
        return
    if not stat.S_ISREG(kind):
        what = "a link" if stat.S_ISLNK(kind) else "no regular file"
        raise BadInput(f"provenance {path.name!r} is {what}, which is not followed; put the file itself there")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        refuse_to_blame(error)
        raise BadInput(f"provenance {path.name!r} cannot be opened ({error.strerror}); grant read permission") from None
    with os.fdopen(descriptor, "rb") as file:
        yield file


def merge_claims(sidecar: SidecarFile | None, claims: dict[str, Any]) -> RowClaims:
    """Merge the claims about rows: those of the command line override those of the sidecar.

    Raises:
        BadInput: the sidecar is damaged, a claim is unknown, or its value is not valid.
    """
    given = {name: value for name, value in claims.items() if value is not None}
    return sidecar.claims.claims(given) if sidecar else RowClaims(parse_claims(given))


def record_refusal(files: CorpusStore, arrival: Arrival, reason: str, *, at: str) -> None:
    """Record the reason why a file was refused, next to its copy."""
    refusal = {"file": arrival.name, "reason": reason, "at": at, "bytes": arrival.size, "sha256": arrival.sha256}
    files.put(f"batches/{arrival.batch}/refused.json", json.dumps(refusal, indent=1).encode())


def record_uncopied(files: CorpusStore, path: Path, reason: str, *, at: str) -> None:
    """Record the reason why a file could not be copied, under a hash of its name, its size and the time."""
    try:
        size = path.stat().st_size
    except OSError:
        size = None
    refusal = {"file": path.name, "reason": reason, "at": at, "bytes": size}
    name = hashlib.sha256(json.dumps([path.name, size, at]).encode()).hexdigest()[:16]
    files.put(f"refused/{name}.json", json.dumps(refusal, indent=1).encode())


def extension_of(name: str) -> str:
    """Return the extension of the copy: one of the known extensions, with that of its container, or an empty string.

    A zip may state its member's extension itself: ``rows.zip`` is read by the name of what is in it.
    """
    suffix, packing = suffix_of(name), packing_of(name)
    if suffix in ROWS_BY_SUFFIX:
        return suffix + packing
    return packing if packing == ".zip" else ""


def _digest(path: Path) -> str:
    with _open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _open_file(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except PermissionError as error:
        raise BadInput(f"file {path.name!r} cannot be opened ({error.strerror}); grant read permission") from None
