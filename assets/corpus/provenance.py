"""The provenance of a batch: stated in a file next to it, in columns of its own, or on the command line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import polars as pl
from pydantic import Field, ValidationError

from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.errors import BadInput, reason_of
from outcross.resources.settings import Settings

Origin = Literal["real", "synthetic", "mixed", "unknown"]

SIDECAR = ".provenance.json"
"""``batch.csv`` has its provenance in ``batch.csv.provenance.json``, or in ``batch.provenance.json``."""

PREFIX = "provenance_"
"""Prefix of columns that state provenance row by row, such as ``provenance_origin``."""


class Provenance(Settings):
    """Claims about rows. Unknown keys are refused: a misspelt 'licence' must not count as no licence.

    Attributes:
        origin: real, synthetic, mixed or unknown.
        generator: that produced synthetic rows.
        generator_version: of this generator.
        parent: corpus or dataset that the generator was fitted to, or that the rows were taken from.
        recipe: id of a prompt or recipe.
        licence: SPDX identifier.
        consent: of the people in the rows, or the terms of the source.
        collected_at: ISO date or time.
        depth: number of models that the rows have passed through; 0 for real rows.
    """

    origin: Origin = "unknown"
    generator: str | None = Field(None, max_length=200)
    generator_version: str | None = Field(None, max_length=200)
    parent: str | None = Field(None, max_length=200)
    recipe: str | None = Field(None, max_length=200)
    licence: str | None = Field(None, max_length=200)
    consent: str | None = Field(None, max_length=2_000)
    collected_at: str | None = Field(
        None, max_length=40, pattern=r"^\d{4}-\d{2}-\d{2}([T ][0-9:.]+(Z|[+-]\d{2}:?\d{2})?)?$"
    )
    depth: int | None = Field(None, ge=0, le=1_000_000)


class Run(Provenance):
    """Claims about some rows in a row of a file, which go before those about all its rows.

    Attributes:
        rows: how many rows of the file these claims are about.
    """

    rows: int = Field(ge=1)


class Sidecar(Provenance):
    """A provenance file: claims about the rows, and claims about the batch's file, which are checked.

    ``parts`` has claims about runs of rows, in the order of the file, which are all its rows.

    Attributes:
        rows: that the file has.
        bytes: size of the file.
        sha256: digest of the file.
        parts: claims about runs of rows, in the order of the file.
    """

    rows: int | None = Field(None, ge=0)
    bytes: int | None = Field(None, ge=0)
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    parts: tuple[Run, ...] = ()

    def row_claims(self) -> Provenance:
        """Return the claims about the rows."""
        return Provenance.model_validate(self.model_dump(include=set(Provenance.model_fields)))

    def claims(self, given: Mapping[str, Any] | None = None) -> "RowClaims":
        """Return what is claimed of each row; claims that are ``given`` elsewhere go before those of the file."""
        every, named = self.row_claims().model_dump(), dict(given or {})
        runs = [
            (part.rows, parse_claims(every | part.model_dump(include=part.model_fields_set - {"rows"}) | named))
            for part in self.parts
        ]
        return RowClaims(parse_claims(every | named), tuple(runs))

    def contradictions(self, *, rows: int, size: int, sha256: str) -> list[str]:
        """List the claims about the file that do not hold, one sentence each."""
        found = {"rows": rows, "bytes": size, "sha256": sha256}
        wrong = [
            f"its provenance states {name} {stated}, the file has {found[name]}"
            for name in found
            if (stated := getattr(self, name)) is not None and stated != found[name]
        ]
        if self.parts and (together := sum(part.rows for part in self.parts)) != rows:
            wrong.append(f"the parts of its provenance have {together} rows together, the file has {rows}")
        return wrong


@dataclass(frozen=True)
class RowClaims:
    """What is claimed of each row of a file.

    Attributes:
        every: of rows that no run is of.
        runs: number of rows and the claims about them, in the order of the file.
    """

    every: Provenance
    runs: tuple[tuple[int, Provenance], ...] = ()

    def of(self, positions: pl.Series) -> pl.DataFrame:
        """Return the claims about the rows at these positions, from 0: the columns of ``COLUMNS``."""
        ends = np.cumsum([rows for rows, _ in self.runs], dtype=np.int64)
        which = np.searchsorted(ends, positions.to_numpy(), side="right")
        stated = pl.DataFrame(
            [claims.model_dump() for claims in (*(each for _, each in self.runs), self.every)], schema=COLUMNS
        )
        places: list[int] = which.tolist()
        return stated[places]


Model = TypeVar("Model", bound=Provenance)

COLUMNS: dict[str, pl.DataType] = {
    name: pl.Int32() if name == "depth" else pl.String() for name in Provenance.model_fields
}
"""Columns of provenance that every row of a corpus has."""


def parse_sidecar(content: bytes, *, name: str) -> Sidecar:
    """Read a provenance file.

    Raises:
        BadInput: it is not a JSON object of known keys and valid values.
    """
    try:
        found = json.loads(content, object_pairs_hook=_without_twins, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"provenance {name!r} is not JSON ({reason_of(error)}); write it again") from None
    return _validated(Sidecar, found, name)


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in found if seen.count(key) > 1)!r} is there twice")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def parse_claims(claims: Mapping[str, Any], *, given: str = "given") -> Provenance:
    """Check claims about rows; a message says where they were ``given``.

    Raises:
        BadInput: a key is unknown, or a value is not valid.
    """
    return _validated(Provenance, dict(claims), given)


def _validated(model: type[Model], found: Any, name: str) -> Model:
    try:
        return model.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        near = did_you_mean(where, model.model_fields) if first["type"] == "extra_forbidden" else ""
        raise BadInput(
            f"provenance {name!r}: {where}{near}: {first['msg']}; known keys are {', '.join(model.model_fields)}"
        ) from None
