"""The verdict of one ladder on one endpoint: the safe share, its lower limit, and whether the data decide it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.verdict.bootstrap import (
    CONFIDENCE,
    FEWEST_REPLICATES,
    Resamples,
    fitted_curve,
    replicates_needed,
    resample,
)
from outcross.assets.verdict.degradation import Degradations, count_generations, degradations
from outcross.assets.verdict.dose_response import Floats, Ladder, safe_shares
from outcross.resources.errors import BadInput
from outcross.resources.seeds import derive_seed


@dataclass(frozen=True, kw_only=True)
class Rung:
    """The curve at one share.

    Attributes:
        share: synthetic share.
        arm: the arm with that share.
        mean: mean degradation of the replicates; +inf where one of them has no finite value left.
        fitted: the monotone curve.
        lower: lower edge of its 90 % band.
        upper: upper edge of its 90 % band.
        degradations: replicate → degradation.
    """

    share: float
    arm: str
    mean: float
    fitted: float
    lower: float
    upper: float
    degradations: Mapping[int, float]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How much synthetic data is too much, for one ladder and one endpoint.

    Attributes:
        ladder: the arms compared.
        endpoint: a key of ``ENDPOINTS``.
        definition: the reading of collapse that the endpoint stands for.
        tolerance: the relative degradation that is still accepted.
        safe_share: largest share within the tolerance; None where no degradation is defined.
        lower_95: its one-sided lower 95 % limit; None where one replicate shows no spread.
        decided: whether the data decide the safe share.
        reason: why not; empty where decided.
        replicates_needed: how many would decide it; None where decided, where no number would, or without a forecast.
        replicates: how many each arm had.
        generations: how many models each lineage had, generation 0 included.
        curve: the rungs, in order of share; empty where no degradation is defined.
    """

    ladder: Ladder
    endpoint: str
    definition: str
    tolerance: float
    safe_share: float | None
    lower_95: float | None
    decided: bool
    reason: str
    replicates_needed: int | None
    replicates: int
    generations: int
    curve: tuple[Rung, ...]


def verdict(
    evaluations: pl.DataFrame,
    ladder: Ladder,
    *,
    endpoint: str,
    tolerance: float,
    seed: int,
    generations: int | None = None,
    forecast: bool = True,
    constant: float | None = None,
) -> Verdict:
    """Reach the verdict of one ladder on one endpoint.

    Args:
        evaluations: long form: ``arm, generation, replicate, reference, metric, about, value``; only the references
            ``holdout`` and ``population`` are read. Generation 0 has the arm ``shared``.
        ladder: arms that differ only in share.
        endpoint: a key of ``ENDPOINTS``.
        tolerance: relative degradation that is still accepted, such as 0.05.
        seed: the study's seed; the same inputs give the same floats.
        generations: how many models a lineage has, generation 0 included; by default as many as the frame shows.
        forecast: whether to search for the number of replicates that would decide, which takes ten times as long as
            the rest; ``replicates_needed`` is None without.
        constant: what a constant prediction has, where the endpoint is of utility: from there nothing can fall.

    Raises:
        IncompleteStudy: an arm, generation or replicate was not evaluated.
        BadInput: unknown endpoint, or a tolerance that is not above zero.
    """
    if endpoint not in ENDPOINTS:
        raise BadInput(f"endpoint '{endpoint}': there is no such metric; choose one of {', '.join(ENDPOINTS)}")
    if not tolerance > 0:
        raise BadInput(f"tolerance {tolerance}: it must be above zero; 0.05 accepts a degradation of 5 %")
    subject = ENDPOINTS[endpoint]
    generations = count_generations(evaluations) if generations is None else generations
    paired = degradations(evaluations, ladder, subject, generations=generations)
    if undefined := paired.undefined or _cannot_fall(paired, constant):
        finding = _undefined(undefined)
    else:
        finding = _find(paired, ladder, subject, tolerance, seed, forecast=forecast)
    return Verdict(
        ladder=ladder,
        endpoint=endpoint,
        definition=str(subject.definition),
        tolerance=tolerance,
        safe_share=finding.safe_share,
        lower_95=finding.lower_95,
        decided=not finding.reason,
        reason=finding.reason,
        replicates_needed=finding.replicates_needed,
        replicates=len(paired.replicates),
        generations=generations,
        curve=finding.curve,
    )


@dataclass(frozen=True)
class _Finding:
    safe_share: float | None
    lower_95: float | None
    reason: str
    replicates_needed: int | None
    curve: tuple[Rung, ...]


def _cannot_fall(paired: Degradations, constant: float | None) -> str | None:
    """Say that generation 0 predicts no better than a constant; None where it does, or the endpoint is no utility."""
    if constant is None or (first := float(paired.first.mean())) > constant:
        return None
    return (
        f"a model trained on generation 0 has {first:.3g} and a constant prediction {constant:.3g}, so that a fall "
        "cannot show"
    )


def _undefined(reason: str) -> _Finding:
    return _Finding(safe_share=None, lower_95=None, reason=reason, replicates_needed=None, curve=())


def _find(
    paired: Degradations, ladder: Ladder, endpoint: Endpoint, tolerance: float, seed: int, *, forecast: bool
) -> _Finding:
    shares = ladder.shares
    stream = derive_seed("verdict", ladder.name, endpoint.metric, seed)
    fitted = fitted_curve(paired)
    point = float(safe_shares(np.array(shares), fitted[None], tolerance)[0])
    resamples = resample(paired, shares, tolerance, seed=stream) if len(paired.replicates) > 1 else None
    reason = _doubt(
        resamples, point, replicates=len(paired.replicates), shares=shares, fitted=fitted, tolerance=tolerance
    )
    open_above = bool(fitted[-1] <= tolerance)
    needed = None
    if forecast and reason and not open_above:
        needed = replicates_needed(paired, shares, tolerance, point=point, seed=stream)
    return _Finding(
        safe_share=point,
        # A widened resample may cross later than the fit itself where its rungs differ in noise.
        lower_95=min(point, resamples.lower_limit) if resamples else None,
        reason=reason,
        replicates_needed=needed,
        curve=_curve(paired, ladder, fitted, resamples),
    )


def _doubt(
    resamples: Resamples | None,
    point: float,
    *,
    replicates: int,
    shares: tuple[float, ...],
    fitted: Floats,
    tolerance: float,
) -> str:
    """Why the data do not decide, or an empty string."""
    if fitted[-1] <= tolerance:
        return f"no share tried, up to {shares[-1]:g}, exceeds the tolerance, so the safe share has no upper bound"
    if resamples is None or replicates < FEWEST_REPLICATES:
        few = "1 replicate" if replicates == 1 else f"{replicates} replicates"
        return f"{few} cannot show the spread; a verdict takes {FEWEST_REPLICATES} or more"
    if resamples.decides(point):
        return ""
    if point == 0.0:
        beyond = next(share for share, height in zip(shares, fitted, strict=True) if height > tolerance)
        return f"the share {beyond:g}, below which no share was found safe, exceeds the tolerance, but not surely"
    if resamples.lower_limit == 0.0:
        return "the lower limit is zero: the safe share cannot be distinguished from zero"
    return (
        f"{resamples.unbounded:.0%} of the resampled studies never exceed the tolerance "
        f"(at most {1 - CONFIDENCE:.0%} may), so the safe share has no upper bound below the largest share tried"
    )


def _curve(paired: Degradations, ladder: Ladder, fitted: Floats, resamples: Resamples | None) -> tuple[Rung, ...]:
    lower, upper = resamples.band() if resamples else (fitted, fitted)
    relative = paired.relative
    return tuple(
        Rung(
            share=share,
            arm=arm,
            mean=float(relative[:, rung].mean()),
            fitted=float(fitted[rung]),
            lower=float(lower[rung]),
            upper=float(upper[rung]),
            degradations=dict(zip(paired.replicates, relative[:, rung].tolist(), strict=True)),
        )
        for rung, (share, arm) in enumerate(zip(ladder.shares, ladder.arms, strict=True))
    )


def verdict_frame(verdicts: Sequence[Verdict], *, sentences: Sequence[str]) -> pl.DataFrame:
    """One row for each verdict, for storage; the study's name is the caller's to add."""
    rows = [
        {
            "ladder": verdict.ladder.name,
            "endpoint": verdict.endpoint,
            "definition": verdict.definition,
            "tolerance": verdict.tolerance,
            "safe_share": verdict.safe_share,
            "lower_95": verdict.lower_95,
            "decided": verdict.decided,
            "replicates": verdict.replicates,
            "generations": verdict.generations,
            "reason": verdict.reason,
            "replicates_needed": verdict.replicates_needed,
            "sentence": sentence,
        }
        for verdict, sentence in zip(verdicts, sentences, strict=True)
    ]
    return pl.DataFrame(rows, schema=_VERDICTS)


_VERDICTS = {
    "ladder": pl.String,
    "endpoint": pl.String,
    "definition": pl.String,
    "tolerance": pl.Float64,
    "safe_share": pl.Float64,
    "lower_95": pl.Float64,
    "decided": pl.Boolean,
    "replicates": pl.Int32,
    "generations": pl.Int32,
    "reason": pl.String,
    "replicates_needed": pl.Int32,
    "sentence": pl.String,
}
