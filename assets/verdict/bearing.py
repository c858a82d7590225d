"""What an arm gained and lost against real rows alone, over all endpoints that were measured, and by group of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.lineage import SHARED
from outcross.assets.verdict.arm_comparison import ArmComparison, compare_arms
from outcross.assets.verdict.comparison_sentence import is_told_apart
from outcross.assets.verdict.references import HOLDOUT
from outcross.assets.verdict.verdict import Rung, Verdict

OF_GROUPS = ("group_utility", "class_recall", "balanced_accuracy")
"""Metrics that are measured for each group or class of rows, in the order in which a report shows them."""
MOST = 3
"""Endpoints that a summary names as gained, and as lost."""


@dataclass(frozen=True, kw_only=True)
class Bearing:
    """What the chosen rung of a ladder does to everything that is measured.

    Attributes:
        rung: that is compared.
        control: the arm of real rows alone.
        chosen: why this rung.
        gained: endpoints that are shown to be better, the clearest first.
        lost: endpoints that are shown to be worse, the clearest first.
        tested: how many endpoints were compared.
    """

    rung: Rung
    control: str
    chosen: str
    gained: tuple[ArmComparison, ...]
    lost: tuple[ArmComparison, ...]
    tested: int


@dataclass(frozen=True, kw_only=True)
class GroupTable:
    """One metric by group, in the last generation.

    Attributes:
        metric: its name.
        arms: heading of each column.
        lines: group → median of the replicates in each arm; None where it was not measured.
    """

    metric: str
    arms: tuple[str, ...]
    lines: Mapping[str, tuple[float | None, ...]]


def find_bearing(
    evaluations: pl.DataFrame, verdict: Verdict, endpoints: Mapping[str, Endpoint], *, generations: int
) -> Bearing | None:
    """Compare the rung that a reader would choose with the control; None where the ladder has no curve.

    It is the largest rung shown to be safe; where none is, the smallest; where nothing is decided, the largest.

    Args:
        evaluations: long form.
        verdict: the study's first one on its primary endpoint.
        endpoints: name → what is known of it.
        generations: of a lineage, generation 0 included.
    """
    if len(verdict.curve) < 2:
        return None
    safe = [rung for rung in verdict.curve[1:] if verdict.decided and rung.share <= (verdict.lower_95 or 0.0)]
    tried = verdict.curve[1:2] if verdict.decided else verdict.curve
    rung, control = (safe or tried)[-1], verdict.curve[0].arm
    asked = [endpoints[name] for name in _measured(evaluations, (control, rung.arm), generations) if name in endpoints]
    found = compare_arms(evaluations, [(control, rung.arm)], asked, primary=None, generations=generations)
    told = sorted(
        (each for each in found if each.found is not None and is_told_apart(each)),
        key=lambda each: (each.p_holm, -abs(each.found.effect) if each.found else 0.0),
    )
    return Bearing(
        rung=rung,
        control=control,
        chosen=_why(verdict, safe=bool(safe)),
        gained=tuple(each for each in told if each.found and each.found.mean < 0)[:MOST],
        lost=tuple(each for each in told if each.found and each.found.mean > 0)[:MOST],
        tested=len(found),
    )


def _why(verdict: Verdict, *, safe: bool) -> str:
    if safe:
        return "the largest share tried that is shown to be safe"
    return "the smallest share tried, which is beyond the limit" if verdict.decided else "the largest share tried"


def _measured(evaluations: pl.DataFrame, arms: tuple[str, str], generations: int) -> list[str]:
    """Metrics that each replicate of generation 0 and of both arms has, in their order."""
    of_all = evaluations.filter(pl.col("reference").is_in([HOLDOUT, "population"]), pl.col("about") == "")
    last = pl.col("generation") == generations - 1
    counts = [
        dict(part.group_by("metric").agg(pl.col("replicate").n_unique()).iter_rows())
        for part in (
            of_all.filter(pl.col("arm") == SHARED),
            *(of_all.filter(pl.col("arm") == arm, last) for arm in arms),
        )
    ]
    metrics = of_all["metric"].unique(maintain_order=True).to_list()
    return [each for each in metrics if each in counts[0] and len({count.get(each) for count in counts}) == 1]


def group_tables(evaluations: pl.DataFrame, rungs: Sequence[Rung], *, generations: int) -> list[GroupTable]:
    """Tabulate what is measured by group for generation 0 and for each rung; empty where nothing is."""
    parts = evaluations.filter(pl.col("reference") == HOLDOUT, pl.col("about") != "", pl.col("metric").is_in(OF_GROUPS))
    arms = {SHARED: "generation 0", **{rung.arm: rung.arm for rung in rungs}}
    shown = parts.filter(
        (pl.col("arm") == SHARED) | (pl.col("generation") == generations - 1), pl.col("arm").is_in(list(arms))
    )
    medians = {
        (metric, about, arm): value
        for metric, about, arm, value in shown.group_by("metric", "about", "arm")
        .agg(pl.col("value").median())
        .iter_rows()
    }
    return [
        GroupTable(
            metric=metric,
            arms=tuple(arms.values()),
            lines={
                about: tuple(medians.get((metric, about, arm)) for arm in arms)
                for about in sorted({about for name, about, _ in medians if name == metric})
            },
        )
        for metric in OF_GROUPS
        if any(name == metric for name, _, _ in medians)
    ]
