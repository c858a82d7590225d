"""Text with white space around it, or with values that mean a missing value in its column."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from outcross.resources.sources.spellings.contract import Spelling


@dataclass(frozen=True, kw_only=True)
class Words(Spelling):
    """Categories of which the outer white space is dropped. Usual tokens such as ``NA`` stay: they may be a value."""

    name: ClassVar[str] = "words"
    knows_missing: ClassVar[bool] = False

    @property
    def note(self) -> str:
        """What is dropped."""
        return "text without the white space around it"

    def _parse(self, texts: pl.Series) -> pl.Series:
        return texts
