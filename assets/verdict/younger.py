"""Whether the younger real rows are real: their synthetic share, estimated against the older ones."""

from dataclasses import dataclass, fields

import polars as pl

from outcross.assets.anchor.ages import both_ages
from outcross.assets.artefacts import ANCHOR, HOLDOUT, SYNTHETIC, Artefacts
from outcross.assets.corpus.undeclared.estimate import MOST_ROWS, estimate_share
from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.verdict.figures import percent
from outcross.resources.compute import bounded_threads
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed

MOST_KNOWN = 5_000
"""Rows of generation 0 that the real ones are compared with."""


@dataclass(frozen=True, kw_only=True)
class YoungerRows:
    """The synthetic share of the real rows that were collected later, with its 95 % interval.

    Attributes:
        share: that can be told to be synthetic.
        lower, upper: the interval; ``upper`` is 1 where rows of an unknown generator may be among them.
        rows: how many of them were compared.
    """

    share: float
    lower: float
    upper: float
    rows: int

    def sentence(self, since: str) -> str:
        """Say what was found, in a sentence."""
        these = f"Of the {self.rows:,} real rows compared that were collected from {since} on,"
        if self.lower > 0:
            most = f"to {percent(self.upper)}" if self.upper < 1 else "or more"
            return (
                f"{these} an estimated {percent(self.share)} are synthetic, or changed ({percent(self.lower)} {most}, "
                "95 % confidence), by comparison with the older ones."
            )
        return f"{these} none is told to be synthetic by comparison with the older ones."


def estimate_younger(artefacts: Artefacts) -> YoungerRows | None:
    """Estimate the synthetic share of the younger real rows; None where the study names no date.

    The older rows stand for real ones, and generation 0 for known synthetic ones. All rows are of the anchor, or all of
    the holdout, whichever has more of both ages: rows that models were fitted to are more like the models' own, and are
    so at both ages. The column of time itself is not looked at.

    Raises:
        BadInput: there are too few rows of an age.
    """
    since = artefacts.study.real_before
    if since is None:
        return None
    column = artefacts.study.time_column
    schema = Schema(tuple(each for each in artefacts.schema.columns if each.name != column))
    older, younger = (
        each.select(schema.names)
        for each in both_ages(*(artefacts.load(artefacts.address(part)) for part in (ANCHOR, HOLDOUT)))
    )
    made = artefacts.load(artefacts.address(SYNTHETIC, 0)).select(schema.names)
    seed = derive_seed(artefacts.study.study, artefacts.study.seed, "younger rows")
    with bounded_threads():
        found = estimate_share(
            draw_rows(younger, MOST_ROWS, seed=seed),
            schema,
            anchor=draw_rows(older, MOST_KNOWN, seed=seed),
            known={artefacts.study.generator.kind: draw_rows(made, MOST_KNOWN, seed=seed)},
            seed=seed,
        )
    return YoungerRows(share=found.share, lower=found.lower, upper=found.upper, rows=found.rows)


def read_younger(verdicts: pl.DataFrame) -> YoungerRows | None:
    """Read the estimate back from stored verdicts; None where they have none."""
    known = verdicts.filter(pl.col("younger_share").is_not_null())
    if known.is_empty():
        return None
    names = [each.name for each in fields(YoungerRows)]
    return YoungerRows(**{name: known[f"younger_{name}"][0] for name in names})
