"""How much worse the last generation is than the first, paired by replicate, at every rung of a ladder."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.lineage import SHARED
from outcross.assets.verdict.dose_response import Floats, Ladder
from outcross.resources.errors import BadInput, OutcrossError


class IncompleteStudy(OutcrossError):
    """Evaluations that a verdict needs are not there; the message names each arm, generation and replicate."""


@dataclass(frozen=True)
class Degradations:
    """What a dose–response curve is fitted to.

    The degradation of replicate r is ``change[r] / mean(base)``, positive where the endpoint got worse; its mean over
    replicates is then the relative change of the expected endpoint (a risk ratio − 1). A replicate whose own
    generation 0 happens to be near zero cannot inflate it.

    Attributes:
        replicates: replicate numbers, ascending.
        change: (replicates, rungs), last generation − generation 0 of the same replicate, signed so that worse is
            positive; +inf where the last generation has no finite value, because a model that collapsed must count.
        base: (replicates,), |generation 0|; 1 for ratios, whose change is that of |ln ratio| and so already relative.
        first: (replicates,), generation 0.
    """

    replicates: tuple[int, ...]
    change: Floats
    base: Floats
    first: Floats

    @property
    def undefined(self) -> str | None:
        """Why a relative change has no meaning here, or None where it has one."""
        lacking = [str(r) for r, base in zip(self.replicates, self.base, strict=True) if not np.isfinite(base)]
        if lacking:
            return f"generation 0 has no finite value in replicate {', '.join(lacking)}"
        return None if self.base.mean() > 0 else "generation 0 is zero, so a relative change is not defined"

    @property
    def relative(self) -> Floats:
        """(replicates, rungs) degradation of each replicate."""
        result: Floats = self.change / self.base.mean()
        return result


def degradations(
    evaluations: pl.DataFrame, ladder: Ladder, endpoint: Endpoint, *, generations: int | None = None
) -> Degradations:
    """Pair the last generation of every rung with generation 0.

    Args:
        evaluations: long form, with ``arm, generation, replicate, reference, metric, about, value``.
        ladder: the arms to pair.
        endpoint: the metric and which way is better.
        generations: how many models a lineage has, generation 0 included; by default as many as the frame shows.

    Raises:
        IncompleteStudy: an arm lacks a generation of a replicate, or nothing follows generation 0.
        BadInput: something is measured twice.
    """
    if generations is None:
        generations = count_generations(evaluations)
    if generations < 2:
        raise IncompleteStudy(f"ladder '{ladder.name}': no generation after generation 0 has been evaluated; run one")
    values = _values(evaluations, ladder, endpoint)
    replicates = sorted({replicate for _, _, replicate in values})
    _refuse_gaps(values, ladder, endpoint, replicates=replicates, generations=generations)
    first = np.array([values[SHARED, 0, replicate] for replicate in replicates])
    last = np.array([[values[arm, generations - 1, replicate] for arm in ladder.arms] for replicate in replicates])
    change, base = _change(first, last, endpoint)
    return Degradations(tuple(replicates), change, base, first)


def count_generations(evaluations: pl.DataFrame) -> int:
    """How many models the longest lineage has, generation 0 included."""
    return 0 if evaluations.is_empty() else int(evaluations["generation"].max()) + 1  # type: ignore[arg-type]


def relative_change(first: Floats, now: Floats, endpoint: Endpoint) -> Floats:
    """Degradation of each replicate at one rung, [replicates]: the change since ``first`` ÷ the mean of its size."""
    change, base = _change(first, now[:, None], endpoint)
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = change[:, 0] / base.mean()
        return result


def _values(evaluations: pl.DataFrame, ladder: Ladder, endpoint: Endpoint) -> dict[tuple[str, int, int], float]:
    """(arm, generation, replicate) → value against the holdout, or the population where that is known."""
    held_out = evaluations.filter(
        pl.col("reference").is_in(["holdout", "population"]),
        pl.col("metric") == endpoint.metric,
        pl.col("about") == "",
        pl.when(pl.col("generation") == 0).then(pl.col("arm") == SHARED).otherwise(pl.col("arm").is_in(ladder.arms)),
    ).select("arm", "generation", "replicate", pl.col("value").cast(pl.Float64).fill_null(float("nan")))
    values = {(arm, generation, replicate): value for arm, generation, replicate, value in held_out.iter_rows()}
    if len(values) < held_out.height:
        raise BadInput(
            f"evaluations of '{endpoint.metric}': an arm, generation and replicate is measured more than once; "
            "give each measurement once"
        )
    return values


def _refuse_gaps(
    values: dict[tuple[str, int, int], float],
    ladder: Ladder,
    endpoint: Endpoint,
    *,
    replicates: list[int],
    generations: int,
) -> None:
    where = f"ladder '{ladder.name}', endpoint '{endpoint.metric}'"
    if not values:
        raise IncompleteStudy(
            f"{where}: it was not evaluated in any generation; choose an endpoint this study measures"
        )
    expected = [(SHARED, 0)] + [(arm, generation) for arm in ladder.arms for generation in range(1, generations)]
    gaps = []
    for arm, generation in expected:
        lacking = [str(replicate) for replicate in replicates if (arm, generation, replicate) not in values]
        if lacking:
            gaps.append(f"arm '{arm}' generation {generation} replicate {', '.join(lacking)}")
    if gaps:
        raise IncompleteStudy(f"{where}: not evaluated: {'; '.join(gaps)}; run these lineages before the verdict")


def _change(first: Floats, last: Floats, endpoint: Endpoint) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        match endpoint.direction:
            case "lower":
                change, base = last - first[:, None], np.abs(first)
            case "higher":
                change, base = first[:, None] - last, np.abs(first)
            case "one":
                distance = np.abs(np.log(first))
                change, base = np.abs(np.log(last)) - distance[:, None], np.where(np.isfinite(distance), 1.0, np.nan)
            case "fall":
                start = np.log(first)
                change, base = start[:, None] - np.log(last), np.where(np.isfinite(start), 1.0, np.nan)
                change = change - np.minimum(change.mean(axis=0), 0.0)  # growth is no gain, on average over replicates
    return np.where(np.isfinite(last) & np.isfinite(change), change, np.inf), base
