"""How much worse the last generation is with synthetic rows than with real rows alone, paired by replicate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.metrics.loss import INDEPENDENT
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.tolerance import Scale
from outcross.assets.verdict.dose_response import Floats, Ladder
from outcross.resources.errors import BadInput, OutcrossError

_LOGARITHMIC = ("one", "fall")
"""Directions of ratios, whose change is that of a logarithm."""


class IncompleteStudy(OutcrossError):
    """Evaluations that a verdict needs are not there; the message names each arm, generation and replicate."""


@dataclass(frozen=True)
class Degradations:
    """What a dose–response curve is fitted to.

    The control of a replicate is its rung of share 0: real rows alone, in the same generation. The degradation of
    replicate r is ``change[r] / mean(base)``; its mean over replicates is then a ratio of means. A replicate whose own
    control happens to be near zero cannot inflate it.

    Attributes:
        replicates: replicate numbers, ascending.
        change: (replicates, rungs), rung − control of the same replicate, signed so that worse is positive; +inf where
            the rung has no finite value, because a model that collapsed must count.
        base: (replicates,), what a change is a share of: |control|; 1 for ratios, whose change is that of |ln ratio|,
            and for absolute tolerances; for ``gain``, the loss of independent columns − that of generation 0.
        control: (replicates,), values of the control.
        drift: (replicates,), how much worse the control is than generation 0, in the same unit as ``change``.
        undefined: why the degradation has no meaning; None where it has one.
    """

    replicates: tuple[int, ...]
    change: Floats
    base: Floats
    control: Floats
    drift: Floats
    undefined: str | None = None

    @property
    def relative(self) -> Floats:
        """(replicates, rungs) degradation of each replicate."""
        result: Floats = self.change / self.base.mean()
        return result

    def excess(self, tolerance: float) -> Floats:
        """(replicates, rungs) damage beyond the tolerance, in units of the mean base; its mean is at most 0 if safe."""
        result: Floats = (self.change - tolerance * self.base[:, None]) / self.base.mean()
        return result


def degradations(
    evaluations: pl.DataFrame,
    ladder: Ladder,
    endpoint: Endpoint,
    *,
    scale: Scale = "relative",
    generations: int | None = None,
) -> Degradations:
    """Pair the last generation of every rung with that of the control.

    Args:
        evaluations: long form, with ``arm, generation, replicate, reference, metric, about, value``.
        ladder: the arms to pair; its rung of share 0 is the control.
        endpoint: the metric and which way is better.
        scale: what the tolerance is measured in.
        generations: how many models a lineage has, generation 0 included; by default as many as the frame shows.

    Raises:
        IncompleteStudy: an arm lacks a generation of a replicate, or nothing follows generation 0.
        BadInput: something is measured twice.
    """
    where = f"ladder '{ladder.name}'"
    return pair_arms(evaluations, ladder.arms, endpoint, where=where, scale=scale, generations=generations)


def pair_arms(
    evaluations: pl.DataFrame,
    arms: Sequence[str],
    endpoint: Endpoint,
    *,
    where: str,
    scale: Scale = "relative",
    generations: int | None = None,
) -> Degradations:
    """Pair the last generation of arms with that of the first among them, the control: see :func:`degradations`.

    Args:
        evaluations: long form.
        arms: the control first; they stand for the rungs of the result.
        endpoint: the metric and which way is better.
        where: what the arms belong to, for messages, such as "ladder 'share'".
        scale: what the tolerance is measured in.
        generations: how many models a lineage has, generation 0 included.

    Raises:
        IncompleteStudy: an arm lacks a generation of a replicate, or nothing follows generation 0.
        BadInput: something is measured twice.
    """
    if generations is None:
        generations = count_generations(evaluations)
    if generations < 2:
        raise IncompleteStudy(f"{where}: no generation after generation 0 has been evaluated; run one")
    values = _values(evaluations, arms, endpoint)
    replicates = sorted({replicate for _, _, replicate in values})
    _refuse_gaps(values, arms, f"{where}, endpoint '{endpoint.metric}'", replicates=replicates, generations=generations)
    first = np.array([values[SHARED, 0, replicate] for replicate in replicates])
    last = np.array([[values[arm, generations - 1, replicate] for arm in arms] for replicate in replicates])
    control = last[:, 0]
    base, undefined = _size(control, endpoint), _undefined(control, replicates, endpoint)
    if scale == "absolute":
        base = np.ones_like(control)
    elif scale == "gain":
        gains = _gains(evaluations, dict(zip(replicates, first.tolist(), strict=True)))
        base, undefined = np.array([gains.get(each, np.nan) for each in replicates]), undefined or _no_gain(gains)
    if undefined is None and not base.mean() > 0:
        undefined = (
            "real rows alone have the value zero, so a share of it is not defined; state 'absolute' instead of "
            "'tolerance'"
        )
    return Degradations(
        tuple(replicates),
        _change(control, last, endpoint),
        base,
        control,
        _change(first, control[:, None], endpoint)[:, 0],
        undefined,
    )


def count_generations(evaluations: pl.DataFrame) -> int:
    """How many models the longest lineage has, generation 0 included."""
    return 0 if evaluations.is_empty() else int(evaluations["generation"].max()) + 1  # type: ignore[arg-type]


def relative_change(first: Floats, now: Floats, endpoint: Endpoint, *, gain: Floats | None = None) -> Floats:
    """[replicates] Degradation of each: the change since ``first`` ÷ the mean of its size, or of ``gain``."""
    change, base = _change(first, now[:, None], endpoint), _size(first, endpoint) if gain is None else gain
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = change[:, 0] / base.mean()
        return result


def damage(first: Floats, last: Floats, endpoint: Endpoint) -> Floats:
    """[replicates] How much worse each is than in generation 0, in the endpoint's unit; +inf without a finite value."""
    result: Floats = _change(first, last[:, None], endpoint)[:, 0]
    return result


def _undefined(control: Floats, replicates: list[int], endpoint: Endpoint) -> str | None:
    """Why real rows alone cannot be compared with, or None where they can."""
    with np.errstate(divide="ignore", invalid="ignore"):
        compared = np.log(control) if endpoint.direction in _LOGARITHMIC else control
    lacking = [str(r) for r, value in zip(replicates, compared, strict=True) if not np.isfinite(value)]
    return f"real rows alone have no finite value in replicate {', '.join(lacking)}" if lacking else None


def _gains(evaluations: pl.DataFrame, first: dict[int, float]) -> dict[int, float]:
    """Replicate → loss of a model of independent columns − loss of generation 0, in nats."""
    apart = evaluations.filter(metric="loss", about=INDEPENDENT, reference="holdout", generation=0)
    return {
        replicate: value - first[replicate]
        for replicate, value in apart.select("replicate", pl.col("value").cast(pl.Float64)).iter_rows()
        if replicate in first
    }


def _no_gain(gains: dict[int, float]) -> str | None:
    """Why the gain over independent columns is no measure, or None where it is one."""
    if not gains:
        return (
            "the loss of independent columns was not measured (one column alone has none): state 'absolute: …' in "
            "nats, or if a version before 0.2 evaluated generation 0, materialise that evaluation again in the UI"
        )
    if not np.mean(list(gains.values())) > 0:
        return (
            "the model gains nothing over independent columns, so no share of that gain is defined; state "
            "'absolute: …' in nats"
        )
    return None


def _values(evaluations: pl.DataFrame, arms: Sequence[str], endpoint: Endpoint) -> dict[tuple[str, int, int], float]:
    """(arm, generation, replicate) → value against the holdout, or the population where that is known."""
    held_out = evaluations.filter(
        pl.col("reference").is_in(["holdout", "population"]),
        pl.col("metric") == endpoint.metric,
        pl.col("about") == "",
        pl.when(pl.col("generation") == 0).then(pl.col("arm") == SHARED).otherwise(pl.col("arm").is_in(arms)),
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
    arms: Sequence[str],
    where: str,
    *,
    replicates: list[int],
    generations: int,
) -> None:
    if not values:
        raise IncompleteStudy(
            f"{where}: it was not evaluated in any generation; choose an endpoint this study measures"
        )
    expected = [(SHARED, 0)] + [(arm, generation) for arm in arms for generation in range(1, generations)]
    gaps = []
    for arm, generation in expected:
        lacking = [str(replicate) for replicate in replicates if (arm, generation, replicate) not in values]
        if lacking:
            gaps.append(f"arm '{arm}' generation {generation} replicate {', '.join(lacking)}")
    if gaps:
        raise IncompleteStudy(f"{where}: not evaluated: {'; '.join(gaps)}; run these lineages before the verdict")


def _size(values: Floats, endpoint: Endpoint) -> Floats:
    """What a relative change is a share of, [replicates]."""
    result: Floats = np.ones_like(values) if endpoint.direction in _LOGARITHMIC else np.abs(values)
    return result


def _change(first: Floats, last: Floats, endpoint: Endpoint) -> Floats:
    """How much worse each of ``last`` (replicates, rungs) is than ``first`` (replicates,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        match endpoint.direction:
            case "lower":
                change = last - first[:, None]
            case "higher":
                change = first[:, None] - last
            case "one":
                change = np.abs(np.log(last)) - np.abs(np.log(first))[:, None]
            case "fall":
                change = np.log(first)[:, None] - np.log(last)
                change = change - np.minimum(change.mean(axis=0), 0.0)  # growth is no gain, on average over replicates
    return np.where(np.isfinite(last) & np.isfinite(change), change, np.inf)
