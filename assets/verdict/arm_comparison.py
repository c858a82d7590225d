"""Any two arms compared on an endpoint: the damage of their last generations, paired by replicate.

Replicates of one number share the model of generation 0 and its real rows in every arm, so that their difference is
that of what the arms did. The p-values of a family are corrected together (Holm 1979, Scandinavian Journal of
Statistics 6:65): the comparisons on the primary endpoint are one family, those on all secondary endpoints another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.stored_comparisons import COMPARISONS
from outcross.assets.study.lineage import SHARED
from outcross.assets.verdict.degradation import IncompleteStudy, damage
from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.limits import FEWEST_REPLICATES
from outcross.assets.verdict.paired_difference import PairedDifference, paired_difference
from outcross.assets.verdict.rows_of_arms import RowCounts

COLLAPSE, UNHARMED = 0.5, 0.1
"""A run collapsed where it lost the first share of what generation 0 has, and most of its arm less than the second."""

Pair = tuple[str, str]
Values = Mapping[tuple[str, int], float]
"""(arm, replicate) → value of the last generation."""


@dataclass(frozen=True, kw_only=True)
class ArmComparison:
    """Two arms on one endpoint.

    Attributes:
        first: an arm.
        second: the arm that it is compared with.
        subject: the endpoint.
        primary: whether the endpoint is the study's primary one.
        found: damage of the second − damage of the first, in the unit of the endpoint (of ratios: of their logarithm);
            above zero, the second is worse. None where it cannot be told.
        p_holm: Holm's p-value within the family; None without ``found``.
        family: number of comparisons that are corrected together.
        means: mean value of the endpoint in the last generation, of the first arm and the second.
        rows: real and synthetic rows that the last generation of each was fitted to; None where that is not known.
        replicates: paired.
        generations: models of a lineage, generation 0 included.
        reason: why there is no interval; empty where there is one.
    """

    first: str
    second: str
    subject: Endpoint
    primary: bool
    found: PairedDifference | None
    p_holm: float | None
    family: int
    means: tuple[float, float]
    rows: tuple[RowCounts | None, RowCounts | None]
    replicates: int
    generations: int
    reason: str

    @property
    def endpoint(self) -> str:
        """The name of the endpoint."""
        return self.subject.metric


def compare_arms(
    evaluations: pl.DataFrame,
    pairs: Sequence[Pair],
    endpoints: Sequence[str | Endpoint],
    *,
    primary: str | None,
    generations: int,
    rows: Mapping[str, RowCounts] | None = None,
) -> list[ArmComparison]:
    """Compare each pair of arms on each endpoint, in their order.

    Args:
        evaluations: long form, as for a verdict.
        pairs: arms to compare.
        endpoints: keys of ``ENDPOINTS``, or what is known of others, such as a learner's.
        primary: the endpoint whose comparisons are a family of their own.
        generations: how many models a lineage has, generation 0 included.
        rows: arm → what its last generation was fitted to.

    Raises:
        IncompleteStudy: an arm was not evaluated in generation 0 or the last, or lacks a replicate there.
    """
    found = []
    for asked in endpoints:
        subject = ENDPOINTS[asked] if isinstance(asked, str) else asked
        name = subject.metric
        arms = dict.fromkeys(arm for pair in pairs for arm in pair)
        first, last = (_values(evaluations, name, each) for each in (0, generations - 1))
        replicates = sorted(replicate for _, replicate in first)
        _refuse_gaps(last, arms, replicates, name)
        start = np.array([first[SHARED, each] for each in replicates])
        ends = {arm: np.array([last[arm, each] for each in replicates]) for arm in arms}
        for pair in pairs:
            difference, reason = _difference(start, ends, pair, subject)
            found.append(
                ArmComparison(
                    first=pair[0],
                    second=pair[1],
                    subject=subject,
                    primary=name == primary,
                    found=difference,
                    p_holm=None,
                    family=0,
                    means=(float(ends[pair[0]].mean()), float(ends[pair[1]].mean())),
                    rows=((rows or {}).get(pair[0]), (rows or {}).get(pair[1])),
                    replicates=len(replicates),
                    generations=generations,
                    reason=reason,
                )
            )
    return _corrected(found)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's corrected p-values, in the order given: never below the p-value, never above 1."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected, so_far = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = so_far
    return corrected


def comparison_frame(comparisons: Sequence[ArmComparison], *, sentences: Sequence[str]) -> pl.DataFrame:
    """One row for each comparison, for storage; the study's name is the caller's to add."""
    return pl.DataFrame(
        [_row(each, said) for each, said in zip(comparisons, sentences, strict=True)], schema=COMPARISONS
    )


def _row(comparison: ArmComparison, sentence: str) -> dict[str, object]:
    found, (first, second) = comparison.found, comparison.rows
    return {
        "endpoint": comparison.endpoint,
        "primary": comparison.primary,
        "first": comparison.first,
        "second": comparison.second,
        "first_mean": comparison.means[0],
        "second_mean": comparison.means[1],
        "difference": found and found.mean,
        "lower_95": found and found.lower,
        "upper_95": found and found.upper,
        "p": found and found.p,
        "p_holm": comparison.p_holm,
        "family": comparison.family,
        "effect": found and found.effect,
        "replicates": comparison.replicates,
        "generations": comparison.generations,
        "first_real_rows": first and first.real,
        "first_synthetic_rows": first and first.synthetic,
        "second_real_rows": second and second.real,
        "second_synthetic_rows": second and second.synthetic,
        "reason": comparison.reason,
        "sentence": sentence,
    }


def _values(evaluations: pl.DataFrame, endpoint: str, generation: int) -> dict[tuple[str, int], float]:
    """(arm, replicate) → value in one generation, against the holdout, or the population where that is known."""
    lines = evaluations.filter(
        pl.col("reference").is_in(["holdout", "population"]),
        pl.col("metric") == endpoint,
        pl.col("about") == "",
        pl.col("generation") == generation,
    ).select("arm", "replicate", pl.col("value").cast(pl.Float64).fill_null(float("nan")))
    return {(arm, replicate): value for arm, replicate, value in lines.iter_rows()}


def _refuse_gaps(last: Values, arms: Iterable[str], replicates: Sequence[int], endpoint: str) -> None:
    if not replicates:
        raise IncompleteStudy(
            f"endpoint '{endpoint}' was not evaluated in generation 0; evaluate it before the verdict"
        )
    gaps = [f"arm '{arm}' replicate {each}" for arm in arms for each in replicates if (arm, each) not in last]
    if gaps:
        raise IncompleteStudy(
            f"endpoint '{endpoint}': not evaluated in the last generation: {', '.join(gaps)}; run these lineages "
            "before the verdict"
        )


def _difference(
    start: Floats, ends: Mapping[str, Floats], pair: Pair, endpoint: Endpoint
) -> tuple[PairedDifference | None, str]:
    """What the pair shows, or why it shows nothing."""
    first, second = (damage(start, ends[arm], endpoint) for arm in pair)
    lost = [
        f"{np.count_nonzero(~np.isfinite(each))} of '{arm}'" for arm, each in zip(pair, (first, second), strict=True)
    ]
    if not np.isfinite(first + second).all():
        return None, f"runs without a finite value are {' and '.join(lost)}, so that no mean is defined"
    if len(start) < FEWEST_REPLICATES:
        few = "1 replicate" if len(start) == 1 else f"{len(start)} replicates"
        return None, f"{few} cannot show the spread; an interval takes {FEWEST_REPLICATES} or more"
    differences: Floats = second - first
    if not differences.std() > 0:
        return None, f"all replicates differ by the same {differences[0]:.3g}, so that their spread is not known"
    return paired_difference(differences, lost=_lost(start, first, second, endpoint)), ""


def _lost(start: Floats, first: Floats, second: Floats, endpoint: Endpoint) -> float:
    """What a run that loses everything adds to a difference, where one in many may; else 0.

    As for a ladder: an endpoint that counts a few things may lose all in one run, and so may any where that was seen.
    """
    if endpoint.direction != "higher" or not endpoint.has_zero:
        return 0.0
    all_of_it = float(np.abs(start).mean())
    seen = any(
        (each >= COLLAPSE * all_of_it).any() and np.median(each) < UNHARMED * all_of_it for each in (first, second)
    )
    return all_of_it if endpoint.all_or_nothing or seen else 0.0


def _corrected(comparisons: Sequence[ArmComparison]) -> list[ArmComparison]:
    """Apply Holm's correction within each family."""
    corrected = list(comparisons)
    for primary in (True, False):
        places = [place for place, each in enumerate(comparisons) if each.primary == primary]
        tested = [(place, found.p) for place in places if (found := comparisons[place].found)]
        values = dict(zip((place for place, _ in tested), holm([p for _, p in tested]), strict=True))
        for place in places:
            corrected[place] = replace(comparisons[place], p_holm=values.get(place), family=len(tested))
    return corrected
