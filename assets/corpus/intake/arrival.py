"""A file becomes a batch: it is copied into the store as it came, under a name made of its content."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from io import BufferedReader
from pathlib import Path
from typing import Any

from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.provenance import SIDECAR, Provenance, Sidecar, parse_claims, parse_sidecar
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.sources.formats import ROWS_BY_SUFFIX, suffix_of

PIECE = 2**20
"""Bytes copied at a time."""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A file of provenance as it came.

    Attributes:
        name: of it.
        content: its bytes, or as many as are allowed.
        most: bytes that are allowed.
        whole: whether these are all.
    """

    name: str
    content: bytes
    most: int
    whole: bool

    @cached_property
    def claims(self) -> Sidecar:
        """What it claims.

        Raises:
            BadInput: it is damaged, or larger than is allowed.
        """
        if not self.whole:
            raise BadInput(f"provenance {self.name!r} has more than {self.most:,} bytes; shorten it")
        return parse_sidecar(self.content, name=self.name)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A file that has been copied into the store.

    Attributes:
        batch: its id: the first 16 digits of its sha256, so that the same file is the same batch.
        name: of the file, as it came; for people, never a path.
        size: bytes.
        sha256: of its content.
        original: path of the copy below the corpus's folder.
        beside: its provenance, if there is a file of that; copied as well.
    """

    batch: str
    name: str
    size: int
    sha256: str
    original: str
    beside: Beside | None


def arrive(files: CorpusStore, path: Path, limits: Limits) -> Arrival:
    """Copy a file and its provenance into the store, whatever they hold.

    Raises:
        BadInput: it is no regular file, cannot be opened, is larger than is allowed, or changed meanwhile.
    """
    if not path.is_file():
        raise BadInput(f"file {path.name!r} does not exist or is no regular file; check the path")
    size = path.stat().st_size
    if size > limits.bytes:
        raise BadInput(
            f"file {path.name!r} has {size:,} bytes, {limits.bytes:,} are allowed ('limits: bytes'); split it"
        )
    sha256 = _digest(path)
    batch = sha256[:16]
    original = f"batches/{batch}/original{extension_of(path.name)}"
    if not (files.exists(original) and files.size(original) == size):
        copied = hashlib.sha256()
        with _opened(path) as source, files.create(original) as target:
            while piece := source.read(PIECE):
                copied.update(piece)
                target.write(piece)
            if copied.hexdigest() != sha256:
                raise BadInput(f"file {path.name!r} changed while it was copied; send it again once it is whole")
    beside = beside_of(path, limits)
    if beside is not None:
        own = hashlib.sha256(beside.content).hexdigest()[:16]
        files.put(f"batches/{batch}/provenance-{own}.json", beside.content)
    return Arrival(batch=batch, name=path.name, size=size, sha256=sha256, original=original, beside=beside)


def beside_of(path: Path, limits: Limits) -> Beside | None:
    """The file of provenance beside a file: ``NAME.provenance.json``, where NAME has its extension or has not."""
    for found in (path.with_name(path.name + SIDECAR), path.with_name(path.name.split(".")[0] + SIDECAR)):
        if found.is_file():
            most = limits.sidecar_bytes
            with _opened(found) as file:
                content = file.read(most + 1)
            return Beside(name=found.name, content=content[:most], most=most, whole=len(content) <= most)
    return None


def claimed(beside: Beside | None, claims: dict[str, Any]) -> Provenance:
    """What is claimed of all rows: the command line's word goes before the sidecar's.

    Raises:
        BadInput: the sidecar is damaged, or a claim is none of those known.
    """
    stated = beside.claims.of_rows().model_dump() if beside else {}
    return parse_claims({**stated, **{name: value for name, value in claims.items() if value is not None}})


def keep_refused(files: CorpusStore, arrival: Arrival, reason: str, *, at: str) -> None:
    """Keep why a file was refused, beside its copy."""
    told = {"file": arrival.name, "reason": reason, "at": at, "bytes": arrival.size, "sha256": arrival.sha256}
    files.put(f"batches/{arrival.batch}/refused.json", json.dumps(told, indent=1).encode())


def keep_uncopied(files: CorpusStore, path: Path, reason: str, *, at: str) -> None:
    """Keep why a file was refused that could not be copied, under a hash of what is known of it."""
    try:
        size = path.stat().st_size
    except OSError:
        size = None
    told = {"file": path.name, "reason": reason, "at": at, "bytes": size}
    name = hashlib.sha256(json.dumps([path.name, size, at]).encode()).hexdigest()[:16]
    files.put(f"refused/{name}.json", json.dumps(told, indent=1).encode())


def extension_of(name: str) -> str:
    """What the copy is called by: one of the known extensions, or none."""
    suffix = suffix_of(name)
    return (suffix + (".gz" if name.lower().endswith(".gz") else "")) if suffix in ROWS_BY_SUFFIX else ""


def _digest(path: Path) -> str:
    with _opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _opened(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except PermissionError as error:
        raise BadInput(f"file {path.name!r} cannot be opened ({error.strerror}); grant the right to read it") from None
