"""What a version of a corpus is made of: counts of rows, files, and estimates."""

from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import ConfigDict

Origin = Literal["real", "synthetic", "mixed", "unknown"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
"""How a ledger's JSON is read: no unknown field, no other type, no number that is not finite."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """Rows of a corpus that share origin, depth, generator and licence."""

    __pydantic_config__ = STRICT
    origin: Origin
    depth: int | None
    """Number of models that the rows have passed through; 0 for real rows, None where it is unknown."""
    generator: str | None
    licence: str | None
    rows: int


@dataclass(frozen=True, kw_only=True)
class PartRef:
    """A Parquet file of a corpus.

    Attributes:
        path: within the corpus's folder.
        sha256: of the file.
        rows: number of its rows.
        batch: of these rows; empty where they belong to several batches.
        synthetic: number of these rows that are declared synthetic; None where it is not stated, as in ledgers of an
            earlier layout. A part without any is not read where such rows are looked for.
    """

    __pydantic_config__ = STRICT
    path: str
    sha256: str
    rows: int
    batch: str
    synthetic: int | None = None


@dataclass(frozen=True, kw_only=True)
class FileRef:
    """A file of a corpus that is no part, such as an original: its path within the corpus's folder, and its sha256."""

    __pydantic_config__ = STRICT
    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The estimated share of synthetic rows, with its 95 % interval; reliable only if ``decided``."""

    __pydantic_config__ = STRICT
    share: float
    lower: float
    upper: float
    auc: float | None
    decided: bool
    how: str


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Rows that were released by their probability of being synthetic, and how many of them are expected to be so.

    Attributes:
        below: largest probability of a released row, itself not released.
        rows: number of these rows.
        synthetic: sum of their probabilities.
        lower, upper: 95 % limits of the number of synthetic rows among them.
    """

    __pydantic_config__ = STRICT
    below: float
    rows: int
    synthetic: float
    lower: float
    upper: float

    @property
    def interval(self) -> tuple[float, float, float]:
        """The expected number, and its limits."""
        return self.synthetic, self.lower, self.upper
