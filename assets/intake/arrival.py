"""A file becomes a batch: it is copied into the store as it came, under a name made of its content."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.intake.corpus import Limits
from assets.intake.provenance import SIDECAR, Provenance, Sidecar, parse_claims, parse_sidecar
from assets.intake.reading import FORMATS, suffix_of
from resources.corpus_store import CorpusStore
from resources.errors import BadInput

PIECE = 2**20
"""Bytes copied at a time."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A file that has been copied into the store.

    Attributes:
        batch: its id: the first 16 digits of its sha256, so that the same file is the same batch.
        name: of the file, as it came; for people, never a path.
        size: bytes.
        sha256: of its content.
        original: path of the copy below the corpus's folder.
        sidecar: what the file beside it claims, if there is one.
    """

    batch: str
    name: str
    size: int
    sha256: str
    original: str
    sidecar: Sidecar | None


def arrive(files: CorpusStore, path: Path, limits: Limits) -> Arrival:
    """Copy a file and its provenance into the store.

    Raises:
        BadInput: it is no regular file, is larger than is allowed, changed meanwhile, or its provenance is damaged.
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
        with path.open("rb") as source, files.create(original) as target:
            while piece := source.read(PIECE):
                copied.update(piece)
                target.write(piece)
            if copied.hexdigest() != sha256:
                raise BadInput(f"file {path.name!r} changed while it was copied; send it again once it is whole")
    return Arrival(
        batch=batch, name=path.name, size=size, sha256=sha256, original=original, sidecar=_sidecar(path, limits)
    )


def claimed(arrival: Arrival, claims: dict[str, Any]) -> Provenance:
    """What is claimed of all rows: the command line's word goes before the sidecar's.

    Raises:
        BadInput: a claim is none of those known.
    """
    beside = arrival.sidecar.of_rows().model_dump() if arrival.sidecar else {}
    return parse_claims({**beside, **{name: value for name, value in claims.items() if value is not None}})


def keep_refused(files: CorpusStore, arrival: Arrival, reason: str, *, at: str) -> None:
    """Keep why a file was refused, beside its copy."""
    told = {"file": arrival.name, "reason": reason, "at": at, "bytes": arrival.size, "sha256": arrival.sha256}
    files.put(f"batches/{arrival.batch}/refused.json", json.dumps(told, indent=1).encode())


def extension_of(name: str) -> str:
    """What the copy is called by: one of the known extensions, or none."""
    suffix = suffix_of(name)
    return (suffix + (".gz" if name.lower().endswith(".gz") else "")) if suffix in FORMATS else ""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sidecar(path: Path, limits: Limits) -> Sidecar | None:
    for beside in (path.with_name(path.name + SIDECAR), path.with_name(path.name.split(".")[0] + SIDECAR)):
        if beside.is_file():
            if os.stat(beside).st_size > limits.sidecar_bytes:  # noqa: PTH116
                raise BadInput(f"provenance {beside.name!r} has more than {limits.sidecar_bytes:,} bytes; shorten it")
            return parse_sidecar(beside.read_bytes(), name=beside.name)
    return None
