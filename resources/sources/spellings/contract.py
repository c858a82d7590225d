"""The contract of a spelling: how a column of text spells its values, so that batches are read alike."""

import json
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import ClassVar

import polars as pl

from outcross.resources.sources.spellings.missing import MISSING, strip


@dataclass(frozen=True, kw_only=True)
class Spelling(ABC):
    """How the values of a column are spelt in its file. Subclasses have a ``name`` and their parameters.

    Attributes:
        nulls: values that mean a missing value in this column, besides an empty one; compared without outer spaces.
    """

    name: ClassVar[str]
    """How :meth:`to_json` names the class."""
    knows_missing: ClassVar[bool] = True
    """Whether the usual tokens for a missing value (NA, null, -, ?) are null: they can be no number and no date."""

    nulls: tuple[str, ...] = ()

    @property
    @abstractmethod
    def note(self) -> str:
        """What is special about the spelling, as part of a sentence: ``numbers with a decimal comma``."""

    @abstractmethod
    def _parse(self, texts: pl.Series) -> pl.Series:
        """Parse stripped text without tokens for missing values."""

    def present(self, values: pl.Series) -> pl.Series:
        """Return the values as text, without outer white space; what means a missing value is null."""
        texts = strip(values.cast(pl.String))
        missing = texts.is_in(["", *self.nulls])
        if self.knows_missing:
            missing = missing | texts.str.to_lowercase().is_in(MISSING)
        return pl.select(pl.when(~missing).then(texts)).to_series().alias(values.name)

    def parse(self, values: pl.Series) -> pl.Series:
        """Parse text, or whole numbers that spell dates; a value that does not fit is null.

        A misfit is thus a value that is not null in :meth:`present` and null here.

        Args:
            values: String, or whole numbers.

        Returns:
            a series of the same length and name: Int64, Float64, Date, Datetime, Time, Duration or String.
        """
        return self.parse_present(self.present(values))

    def parse_present(self, texts: pl.Series) -> pl.Series:
        """Parse what :meth:`present` gives, as :meth:`parse` does."""
        return self._parse(texts).alias(texts.name)

    def to_json(self) -> str:
        """JSON of the name, and of the parameters that are not at their defaults."""
        default = type(self)()
        stated = {key: value for key, value in asdict(self).items() if value != getattr(default, key)}
        return json.dumps({"name": self.name, **stated}, ensure_ascii=False)
