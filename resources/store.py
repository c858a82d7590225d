"""Where artefacts live: immutable Parquet parts under one root, each written whole or not at all.

An artefact has one address (study, thing, generation, lineage) and one file, ``part.parquet``::

    {root}/{study}/{thing}/gen=03/lineage=fixed-0.5/part.parquet

Its provenance travels inside it, as JSON in the Parquet key-value metadata, so a part and its provenance cannot come
apart. Large arrays (a model's weights) lie beside it under their own sha256, written before the part that names them.
The root is a path or any URL that fsspec opens (``s3://…``), through the same code.
"""

import glob
import hashlib
import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import fsspec
import polars as pl
from fsspec.implementations.local import LocalFileSystem

from outcross.resources.atomic_file import replace_file
from outcross.resources.errors import BadInput, Damaged, OutcrossError, reason_of
from outcross.resources.system_faults import refuse_to_blame

_METADATA_KEY = "outcross"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_OF_SIZE = re.compile(r"-rows-\d+$")
"""How the name ends that a study has at a smaller number of rows, which the study itself makes; others may, too."""


def default_root() -> str:
    """Return ``OUTCROSS_ROOT``, or else ``data`` in ``OUTCROSS_HOME``, or else ``.outcross/data`` in this folder.

    A variable that is empty counts as one that is not set.
    """
    home = os.environ.get("OUTCROSS_HOME") or os.path.abspath(".outcross")  # noqa: PTH100 - resolves no links
    return os.environ.get("OUTCROSS_ROOT") or f"{home}/data"


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where an artefact lives. ``generation`` and ``lineage`` are None for what a study has one of."""

    study: str
    thing: str
    generation: int | None = None
    lineage: str | None = None

    def __post_init__(self) -> None:
        for name in (self.study, self.thing, self.lineage):
            if name is not None and (not _NAME.fullmatch(name) or ".." in name):
                raise BadInput(
                    f"'{name}' cannot name a study, a thing or a lineage: use letters, digits, '.', '_' and '-', "
                    "starting with a letter or digit, so that it stays inside the store's root"
                )

    @property
    def folder(self) -> str:
        """Path of the artefact's folder below the root."""
        parts = [self.study, self.thing]
        if self.generation is not None:
            parts.append(f"gen={self.generation:02d}")
        if self.lineage is not None:
            parts.append(f"lineage={self.lineage}")
        return "/".join(parts)

    def __str__(self) -> str:
        return self.folder


class MissingArtefact(OutcrossError):
    """An artefact that should be in the store is not there."""


class DamagedArtefact(Damaged, MissingArtefact):
    """An artefact of a study that is there and cannot be read: like one that is missing, it is made anew."""


class Store:
    """Parquet parts under a root: a path, or a URL that fsspec opens.

    Raises:
        BadInput: fsspec does not know the scheme, or its library is not installed.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        try:
            self.filesystem, path = fsspec.core.url_to_fs(os.fspath(root))
        except (ImportError, ValueError) as error:  # its library lacks, or nothing has such a scheme
            raise BadInput(
                f"the root {os.fspath(root)} cannot be opened ({reason_of(error)}); for S3, pip install "
                "'outcross[s3]'; else install what fsspec asks for, or name a folder"
            ) from None
        self.path = str(path).rstrip("/")
        self.url = self.path if self.is_local else os.fspath(root).rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether the root is a folder of this machine."""
        return isinstance(self.filesystem, LocalFileSystem)

    def part_path(self, address: Address) -> str:
        """Path of an artefact's part, as the root's filesystem names it."""
        return f"{self.path}/{address.folder}/part.parquet"

    def part_url(self, address: Address) -> str:
        """Return the path of an artefact's part, or its URL where the root is one."""
        return f"{self.url}/{address.folder}/part.parquet"

    def exists(self, address: Address) -> bool:
        """Whether the artefact has been made."""
        return bool(self.filesystem.exists(self.part_path(address)))

    def written(self, address: Address) -> datetime:
        """Return when an artefact was last written, in UTC, by the clock of the file system."""
        at: datetime = self.filesystem.modified(self.part_path(address))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

    def write(self, address: Address, frame: pl.DataFrame, *, provenance: dict[str, Any]) -> str:
        """Write an artefact, replacing an earlier one whole, and return its sha256."""
        buffer = io.BytesIO()
        frame.write_parquet(buffer, metadata={_METADATA_KEY: json.dumps(provenance, sort_keys=True)})
        return self._write_bytes(self.part_path(address), buffer.getvalue())

    def read(self, address: Address, *, columns: list[str] | None = None) -> pl.DataFrame:
        """Read an artefact's rows.

        Raises:
            MissingArtefact: it has not been made.
            DamagedArtefact: it cannot be read; it is made anew as one that is missing is.
        """
        with self._open(address) as file:
            return pl.read_parquet(file, columns=columns)

    def count_rows(self, address: Address) -> int:
        """Return the number of an artefact's rows, from its footer.

        Raises:
            MissingArtefact: it has not been made.
        """
        with self._open(address) as file:
            return int(pl.scan_parquet(file).select(pl.len()).collect().item())

    def column_types(self, address: Address) -> dict[str, pl.DataType]:
        """Return an artefact's columns and their types, from its footer; raises as :meth:`count_rows` does."""
        with self._open(address) as file:
            return dict(pl.read_parquet_schema(file))

    def provenance(self, address: Address) -> dict[str, Any]:
        """Read what an artefact says of its making."""
        with self._open(address) as file:
            result: dict[str, Any] = json.loads(pl.read_parquet_metadata(file)[_METADATA_KEY])
            return result

    def digest(self, address: Address) -> str:
        """Compute the sha256 of an artefact's part as it lies in the store."""
        with self._open(address) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # fsspec files read into buffers

    def write_blob(self, address: Address, content: bytes, *, suffix: str) -> str:
        """Write bytes beside an artefact, under their own sha256, and return it."""
        digest = hashlib.sha256(content).hexdigest()
        self.write_file(address, f"{digest}{suffix}", content)
        return digest

    def write_file(self, address: Address, name: str, content: bytes) -> str:
        """Write bytes beside an artefact, under a name, and return their path."""
        path = self.file_path(address, name)
        self._write_bytes(path, content)
        return path

    def read_file(self, address: Address, name: str) -> bytes:
        """Read bytes that :meth:`write_file` wrote.

        Raises:
            MissingArtefact: they are not there.
        """
        try:
            return bytes(self.filesystem.cat_file(self.file_path(address, name)))
        except FileNotFoundError:
            raise self._missing(address) from None

    def remove_files(self, address: Address, prefix: str) -> None:
        """Remove the files beside an artefact whose names begin so; there may be none."""
        for path in self.glob(f"{address.folder}/{prefix}*"):
            self.filesystem.rm_file(path)

    def file_path(self, address: Address, name: str) -> str:
        """Where :meth:`write_file` writes."""
        return f"{self.path}/{address.folder}/{name}"

    def read_blob(self, address: Address, digest: str, *, suffix: str) -> bytes:
        """Read bytes that :meth:`write_blob` wrote, and verify them.

        Raises:
            MissingArtefact: they are not there, or are not what was written.
        """
        path = f"{self.path}/{address.folder}/{digest}{suffix}"
        try:
            content = self.filesystem.cat_file(path)
        except FileNotFoundError:
            raise MissingArtefact(f"{path} is missing; materialise {address} again") from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise DamagedArtefact(path, "is not what was written", f"materialise {address} again")
        return bytes(content)

    def remove_blobs(self, address: Address, *, keep: str | tuple[str, ...]) -> None:
        """Remove an artefact's earlier blobs, once the part that named them has been replaced."""
        for path in self.filesystem.ls(f"{self.path}/{address.folder}", detail=False):
            name = str(path).rsplit("/", 1)[-1]
            if re.fullmatch(r"[0-9a-f]{64}\..+", name) and not name.startswith(keep):
                self.filesystem.rm_file(path)

    def glob(self, pattern: str) -> list[str]:
        """Paths below the root that match, sorted; the root itself is a path, whatever characters it has."""
        root = glob.escape(self.path) if self.is_local else self.path
        return sorted(str(path) for path in self.filesystem.glob(f"{root}/{pattern}"))

    @contextmanager
    def _open(self, address: Address) -> Iterator[IO[bytes]]:
        """Open an artefact's part to read; what its reader fails on is damage, and is named."""
        try:
            file = self.filesystem.open(self.part_path(address), "rb")
        except FileNotFoundError:
            raise self._missing(address) from None
        except IsADirectoryError:
            raise self._damaged(address, "is a folder") from None
        with file:
            try:
                yield file
            except pl.exceptions.ColumnNotFoundError:
                raise
            except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError, KeyError, OSError) as error:
                if isinstance(error, OutcrossError):
                    raise
                refuse_to_blame(error)
                reason = reason_of(error)
                raise self._damaged(address, f"cannot be read ({reason})") from None

    def _missing(self, address: Address) -> MissingArtefact:
        way = f"outcross study {address.study}"
        if (whole := _OF_SIZE.sub("", address.study)) != address.study:
            way += f", or, if it is a size of '{whole}': outcross study {whole}"
        return MissingArtefact(
            f"{address} is not in the store at {self.url}; materialise it, or run the study, by name or by file: {way}"
        )

    def _damaged(self, address: Address, fault: str) -> DamagedArtefact:
        return DamagedArtefact(
            self.part_path(address), fault, f"run study '{address.study}' again, which makes it anew"
        )

    def _write_bytes(self, path: str, content: bytes) -> str:
        """Put bytes at a path at once, and return their sha256."""
        replace_file(path, content, self.filesystem)
        return hashlib.sha256(content).hexdigest()
