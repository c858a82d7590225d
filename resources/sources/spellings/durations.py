"""Durations: hours beyond a day, days with a time, and those of ISO 8601."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from outcross.resources.sources.iso_text import parse_durations
from outcross.resources.sources.spellings.contract import Spelling


@dataclass(frozen=True, kw_only=True)
class Durations(Spelling):
    """``30:15:00``, ``2 days 06:00:00`` as pandas writes it, and ``P2DT6H``, in any mixture."""

    name: ClassVar[str] = "durations"

    @property
    def note(self) -> str:
        """What they are."""
        return "durations"

    def _parse(self, texts: pl.Series) -> pl.Series:
        return parse_durations(texts).cast(pl.Duration("us"))
