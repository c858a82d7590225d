"""Everything that a report shows, as values: :mod:`outcross.assets.verdict.report` lays it out."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from outcross.assets.drawing.chart import Chart
from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.verdict.arm_comparison import ArmComparison
from outcross.assets.verdict.bearing import Bearing, GroupTable
from outcross.assets.verdict.exhibits import Exhibit
from outcross.assets.verdict.far_rows import WentWrong
from outcross.assets.verdict.moved import Moved
from outcross.assets.verdict.verdict import Verdict
from outcross.resources.sources.column_record import ColumnRecord


@dataclass(frozen=True, kw_only=True)
class GalleryItem:
    """What one model generated, to look at: a picture (PNG bytes), an excerpt of text, or both."""

    arm: str
    generation: int
    replicate: int
    image: bytes | None = None
    text: str | None = None

    @property
    def source(self) -> str | None:
        """The picture as a data URI."""
        return None if self.image is None else picture_source(self.image)


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """Everything a report shows.

    Attributes:
        study: its name.
        description: a line or two about it.
        verdicts: in the order to show them, those on the primary endpoint first.
        sentences: one for each verdict.
        details: what is to be known beside, sentences for each verdict.
        evaluations: long form: ``arm, generation, replicate, reference, metric, about, value``; charts show
            what is about all rows.
        gallery: pictures and excerpts; generation 0 has the arm ``shared``.
        real: real rows, shown next to what was generated.
        checks: failed checks: ``generation, lineage, check, metric, value, lower, upper, severity``.
        reproduce: heading → text: ``command``, versions, seed, study file, fingerprint.
        notes: remarks for the reader, such as unequal budgets.
        exhibits: the same draws over generations, shown in place of ``gallery`` where there are any.
        columns: what became of each column of the source's files.
        real_exhibit: real images to compare them with.
        sensitivity: stored verdicts with the limits as if a share of the holdout were synthetic.
        comparisons: of arms, in the order to show them.
        comparison_sentences: one for each comparison; those on the primary endpoint are shown.
        own_endpoints: what is known of endpoints that no registry has, such as a learner's.
        facts: heading and text of each fact of the first screen.
        bearing: what the chosen share gained and lost; None where there is none.
        groups: metrics by group or class of rows.
        moved: columns, classes or words that moved most.
        went_wrong: real and synthetic rows that are far from all of the other kind.
        marginals: arm → name and chart of each column, of a table.
        marginals_left_out: columns of that table that are not drawn.
    """

    study: str
    description: str
    verdicts: Sequence[Verdict]
    sentences: Sequence[str]
    evaluations: pl.DataFrame
    gallery: Sequence[GalleryItem]
    real: GalleryItem | None
    checks: pl.DataFrame
    reproduce: Mapping[str, str]
    details: Sequence[Sequence[str]] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)
    exhibits: Sequence[Exhibit] = field(default_factory=tuple)
    real_exhibit: Exhibit | None = None
    columns: Sequence[ColumnRecord] = field(default_factory=tuple)
    sensitivity: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    comparisons: Sequence[ArmComparison] = field(default_factory=tuple)
    comparison_sentences: Sequence[str] = field(default_factory=tuple)
    own_endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    facts: Sequence[tuple[str, str]] = field(default_factory=tuple)
    bearing: Bearing | None = None
    groups: Sequence[GroupTable] = field(default_factory=tuple)
    moved: Sequence[Moved] = field(default_factory=tuple)
    went_wrong: WentWrong | None = None
    marginals: Mapping[str, Sequence[tuple[str, Chart]]] = field(default_factory=dict)
    marginals_left_out: int = 0

    @property
    def asks_benefit(self) -> bool:
        """Whether a verdict has a benefit to show."""
        return any(each.benefit for each in self.verdicts)

    @property
    def first(self) -> int | None:
        """The place of the verdict of the first screen: the first primary one; None without verdicts."""
        primary = [place for place, each in enumerate(self.verdicts) if each.primary]
        return next(iter(primary), 0 if self.verdicts else None)


def picture_source(png: bytes) -> str:
    """Return a picture as a data URI."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
