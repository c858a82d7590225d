"""The verdict of one ladder on one endpoint: which shares are shown to be safe, and whether the data decide it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.stored_verdicts import Outcome
from outcross.assets.study.tolerance import Tolerance
from outcross.assets.verdict.benefit.benefit import Benefit
from outcross.assets.verdict.degradation import Degradations, count_generations, degradations
from outcross.assets.verdict.dose_response import Floats, Ladder, isotonic, safe_shares
from outcross.assets.verdict.error_levels import Levels, levels_of
from outcross.assets.verdict.figures import exact_percent
from outcross.assets.verdict.forecast import Forecast, forecast_rungs
from outcross.assets.verdict.interpolation import refined_up_to
from outcross.assets.verdict.limits import FEWEST_REPLICATES, Flags, RungTests, check_rungs, unseen_share
from outcross.assets.verdict.power import replicates_needed
from outcross.assets.verdict.references import HOLDOUT
from outcross.assets.verdict.runs import check_runs
from outcross.resources.errors import BadInput
from outcross.resources.seeds import derive_seed

COLLAPSE = 0.5
"""A run collapsed where it lost this share of what real rows alone have, while most runs at its share lost less than
the tolerance."""


@dataclass(frozen=True, kw_only=True)
class Rung:
    """The curve at one share.

    Attributes:
        share: synthetic share.
        arm: the arm with that share.
        mean: mean degradation of the replicates; +inf where one of them has no finite value left.
        fitted: the monotone curve.
        lower: one-sided lower 95 % limit of the mean.
        upper: its one-sided upper limit; the rung is shown to be safe where that is within the tolerance.
        degradations: replicate → degradation.
        safe: whether it is shown to be safe.
        added: whether it was added where it decides.
        real_rows: rows of the source that the last generation was fitted to; None where that is not known.
        synthetic_rows: its rows that a model made.
    """

    share: float
    arm: str
    mean: float
    fitted: float
    lower: float
    upper: float
    degradations: Mapping[int, float]
    safe: bool
    added: bool
    real_rows: int | None = None
    synthetic_rows: int | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How much synthetic data is too much, for one ladder and one endpoint.

    Attributes:
        ladder: the arms compared.
        endpoint: its name.
        definition: the reading of collapse that the endpoint stands for.
        tolerance: the damage that is still accepted.
        outcome: what was found.
        safe_share: estimate of the largest share within the tolerance, by a monotone curve through the rungs; None
            where no degradation is defined.
        lower_95: the share up to which all are shown to be safe: one-sided 95 % limit. It is a share that was tried, or
            lies between two where the curve bends upwards. None where fewer than three replicates show no spread.
        upper_95: the smallest share tried that is shown to exceed the tolerance, with all larger ones; None where none
            is.
        reason: why the data do not decide; empty where they do.
        replicates_needed: how many would decide in 80 % of cases; None where decided, where no number would, or
            without a forecast.
        unseen: share of runs in which an event could have stayed unseen in every replicate of a rung.
        drift: how much worse real rows alone are than generation 0, as a degradation; its mean and standard error.
        replicates: how many each arm had.
        generations: how many models each lineage had, generation 0 included.
        primary: whether it is about the study's primary endpoint, which bounds read.
        benefit: what synthetic rows buy, where the study asks; None otherwise.
        curve: the rungs, in order of share; empty where no degradation is defined.
        forecasts: of the rungs above the control, after more generations than ran: an extrapolation.
        rows: of a generation; 0 where that is not known.
        own_endpoint: what is known of an endpoint that is no key of ``ENDPOINTS``, such as a learner's.
        reference: the rows it is measured on: the holdout, or the name of a named test set.
    """

    ladder: Ladder
    endpoint: str
    definition: str
    tolerance: Tolerance
    outcome: Outcome
    safe_share: float | None
    lower_95: float | None
    upper_95: float | None
    reason: str
    replicates_needed: int | None
    unseen: float
    drift: tuple[float, float] | None
    replicates: int
    generations: int
    primary: bool
    curve: tuple[Rung, ...]
    benefit: Benefit | None = None
    forecasts: tuple[Forecast, ...] = ()
    rows: int = 0
    reference: str = HOLDOUT

    @property
    def outlook(self) -> Forecast | None:
        """The forecast of the largest rung shown to be safe, of the smallest where none is; None without forecasts."""
        safe = [each for each in self.forecasts if self.decided and each.share <= (self.lower_95 or 0.0)]
        return safe[-1] if safe else next(iter(self.forecasts), None)

    own_endpoint: Endpoint | None = None

    @property
    def subject(self) -> Endpoint:
        """What is known of the endpoint: its direction, unit and meaning."""
        return self.own_endpoint or ENDPOINTS[self.endpoint]

    @property
    def decided(self) -> bool:
        """Whether the data decide: shares are shown to be safe, or the smallest to be harmful."""
        return self.outcome != Outcome.NOT_DECIDED


def verdict(
    evaluations: pl.DataFrame,
    ladder: Ladder,
    *,
    endpoint: str | Endpoint,
    tolerance: Tolerance | float,
    seed: int,
    generations: int | None = None,
    primary: bool = True,
    forecast: bool = True,
    constant: float | None = None,
    reference: str = HOLDOUT,
) -> Verdict:
    """Reach the verdict of one ladder on one endpoint.

    Args:
        evaluations: long form: ``arm, generation, replicate, reference, metric, about, value``; only the references
            ``holdout`` and ``population`` are read. Generation 0 has the arm ``shared``.
        ladder: arms that differ only in share; the arm of share 0 is the control.
        endpoint: a key of ``ENDPOINTS``, or what is known of an endpoint that is none, such as a learner's.
        tolerance: damage that is still accepted; a number is a share of the control's value, such as 0.05.
        seed: the study's seed; the same inputs give the same floats.
        generations: how many models a lineage has, generation 0 included; by default as many as the frame shows.
        primary: whether the endpoint is the study's primary one.
        forecast: whether to search for the number of replicates that would decide, which takes ten times as long as
            the rest; ``replicates_needed`` is None without.
        constant: what a constant prediction has, where the endpoint is of utility: from there nothing can fall.
        reference: the rows that the frame's reference ``holdout`` stands for, see :mod:`.references`.

    Raises:
        IncompleteStudy: an arm, generation or replicate was not evaluated.
        BadInput: unknown endpoint, or a tolerance that is not above zero or has no meaning for the endpoint.
    """
    if isinstance(endpoint, str) and endpoint not in ENDPOINTS:
        raise BadInput(f"endpoint '{endpoint}': there is no such metric; choose one of {', '.join(ENDPOINTS)}")
    subject = ENDPOINTS[endpoint] if isinstance(endpoint, str) else endpoint
    accepted = (tolerance if isinstance(tolerance, Tolerance) else Tolerance(tolerance)).check(subject)
    generations = count_generations(evaluations) if generations is None else generations
    paired = degradations(evaluations, ladder, subject, scale=accepted.scale, generations=generations)
    if undefined := paired.undefined or _cannot_fall(paired, constant):
        finding = _undefined(undefined)
    else:
        finding = _find(paired, ladder, subject, accepted, seed, forecast=forecast)
    return Verdict(
        ladder=ladder,
        endpoint=subject.metric,
        own_endpoint=None if subject.metric in ENDPOINTS else subject,
        definition=str(subject.definition),
        tolerance=accepted,
        outcome=finding.outcome,
        safe_share=finding.safe_share,
        lower_95=finding.lower_95,
        upper_95=finding.upper_95,
        reason=finding.reason,
        replicates_needed=finding.replicates_needed,
        unseen=unseen_share(len(paired.replicates)),
        drift=_drift(paired),
        replicates=len(paired.replicates),
        generations=generations,
        primary=primary,
        curve=finding.curve,
        forecasts=forecast_rungs(evaluations, ladder, subject, scale=accepted.scale, generations=generations)
        if finding.curve
        else (),
        reference=reference,
    )


@dataclass(frozen=True, kw_only=True)
class _Finding:
    outcome: Outcome = Outcome.NOT_DECIDED
    safe_share: float | None = None
    lower_95: float | None = None
    upper_95: float | None = None
    reason: str = ""
    replicates_needed: int | None = None
    curve: tuple[Rung, ...] = ()


def _cannot_fall(paired: Degradations, constant: float | None) -> str | None:
    """Say that real rows alone serve no better than a constant; None where they do, or the endpoint is no utility."""
    if constant is None or (control := float(paired.control.mean())) > constant:
        return None
    return (
        f"with real rows alone it is {control:.3g} and a constant prediction has {constant:.3g}, so that a fall cannot "
        "show"
    )


def _undefined(reason: str) -> _Finding:
    return _Finding(reason=reason)


def _find(
    paired: Degradations, ladder: Ladder, endpoint: Endpoint, tolerance: Tolerance, seed: int, *, forecast: bool
) -> _Finding:
    shares, replicates = ladder.shares, len(paired.replicates)
    fitted: Floats = isotonic(paired.relative.mean(axis=0, keepdims=True))[0]
    point = float(safe_shares(np.array(shares), fitted[None], tolerance.size)[0])
    if replicates < FEWEST_REPLICATES:
        curve = _curve(paired, ladder, fitted, None, tolerance)
        return _Finding(safe_share=point, reason=_too_few(replicates), replicates_needed=FEWEST_REPLICATES, curve=curve)
    excess, levels = paired.excess(tolerance.size)[:, 1:], levels_of(ladder)
    unseen = _unseen_damage(paired, endpoint, tolerance, levels)
    tests = check_rungs(excess, unseen=unseen, levels=levels)
    judged = tests if tolerance.runs is None else check_runs(excess, tolerance.runs, levels=levels)
    curve = _curve(paired, ladder, fitted, (tests, judged.safe), tolerance)
    safe, harmful = int(judged.last_safe()), int(judged.first_harmful())
    limit = shares[safe]
    if tolerance.runs is None and unseen is None:
        limit = float(refined_up_to(paired.relative, tests, shares, tolerance.size, levels))
    outcome, reason = _outcome(judged, safe, limit, levels, replicates=replicates, shares=shares, unseen=unseen)
    needed = None
    if not forecast:
        needed = None
    elif reason and np.isfinite(excess).all() and unseen is None and tolerance.runs is None:
        stream = derive_seed("verdict", ladder.name, endpoint.metric, seed)
        needed = replicates_needed(excess, shares, tolerance.size, seed=stream, levels=levels)
    elif reason:
        needed = _runs_needed(tolerance, unseen)
    return _Finding(
        outcome=outcome,
        safe_share=point,
        lower_95=limit,
        upper_95=shares[len(shares) - harmful] if harmful else None,
        reason=reason,
        replicates_needed=needed,
        curve=curve,
    )


def _outcome(
    tests: RungTests,
    safe: int,
    limit: float,
    levels: Levels,
    *,
    replicates: int,
    shares: tuple[float, ...],
    unseen: Floats | None,
) -> tuple[Outcome, str]:
    """What was found, and why the data do not decide; the reason is empty where they do."""
    if safe == len(shares) - 1:
        return Outcome.SAFE_THROUGHOUT, ""
    if limit > 0:
        return Outcome.LIMIT, ""
    if tests.harmful[levels.first]:
        return Outcome.NONE_SAFE, ""
    if unseen is not None and tests.upper[0] - unseen[0] <= 0:
        return Outcome.NOT_DECIDED, (
            f"a run may lose all at once, and with {replicates} replicates that could stay unseen in "
            f"{exact_percent(round(unseen_share(replicates), 2))} of runs"
        )
    return Outcome.NOT_DECIDED, (
        f"the smallest share tried, {shares[1]:g}, is shown neither to keep within the tolerance nor to exceed it"
    )


def _too_few(replicates: int) -> str:
    few = "1 replicate" if replicates == 1 else f"{replicates} replicates"
    return f"{few} cannot show the spread; a verdict takes {FEWEST_REPLICATES} or more"


def _unseen_damage(paired: Degradations, endpoint: Endpoint, tolerance: Tolerance, levels: Levels) -> Floats | None:
    """Damage that collapses may add unseen at each rung above the control; None where runs differ by degrees only.

    An endpoint that counts a few things may lose them all in one run of many. So may any other for which that was
    seen: a run that lost half of what real rows have, where most runs at its share lost less than the tolerance.
    """
    relative = paired.relative[:, 1:]
    collapsed = (relative >= COLLAPSE) & (np.median(relative, axis=0) <= tolerance.size)
    seen = endpoint.direction == "higher" and endpoint.has_zero and tolerance.scale == "relative" and collapsed.any()
    if not (endpoint.all_or_nothing or seen):
        return None
    return np.array([unseen_share(len(paired.replicates), error=level) for level in levels.safe])


def _runs_needed(tolerance: Tolerance, unseen: Floats | None) -> int | None:
    """The fewest replicates in which so rare an event would have been seen, with 95 % confidence."""
    rare = tolerance.runs if tolerance.runs is not None else tolerance.size if unseen is not None else None
    return None if rare is None else int(np.ceil(np.log(0.05) / np.log1p(-min(rare, 0.95))))


def _drift(paired: Degradations) -> tuple[float, float] | None:
    """Mean and standard error of the control's own change since generation 0, as a degradation."""
    if paired.undefined:
        return None
    own = paired.drift / paired.base.mean()
    if not np.isfinite(own).all():
        return None
    error = own.std(ddof=1) / np.sqrt(len(own)) if len(own) > 1 else np.nan
    return float(own.mean()), float(error)


def _curve(
    paired: Degradations, ladder: Ladder, fitted: Floats, shown: tuple[RungTests, Flags] | None, tolerance: Tolerance
) -> tuple[Rung, ...]:
    """The rungs with their limits; ``shown`` holds the tests of those above the control and which are safe."""
    relative = paired.relative
    if shown is None:
        lower, upper, safe = fitted, fitted, np.arange(len(fitted)) == 0
    else:
        tests, safe = shown[0], np.concatenate([[True], shown[1]])
        lower, upper = (np.concatenate([[0.0], each + tolerance.size]) for each in (tests.lower, tests.upper))
    return tuple(
        Rung(
            share=share,
            arm=arm,
            mean=float(relative[:, rung].mean()),
            fitted=float(fitted[rung]),
            lower=float(lower[rung]),
            upper=float(upper[rung]),
            degradations=dict(zip(paired.replicates, relative[:, rung].tolist(), strict=True)),
            safe=bool(safe[rung]),
            added=arm in ladder.added,
        )
        for rung, (share, arm) in enumerate(zip(ladder.shares, ladder.arms, strict=True))
    )
