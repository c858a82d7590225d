"""A verdict in one sentence that a person understands."""

import math

from outcross.assets.metrics.endpoint import Direction
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.study.policies import POLICIES
from outcross.assets.verdict.verdict import Verdict

WORSE: dict[Direction, str] = {
    "lower": "rises by more than {}",
    "higher": "falls by more than {}",
    "one": "moves away from 1 by more than {} on a log scale",
    "fall": "falls by more than {} on a log scale",
}


def sentence(verdict: Verdict, *, study: str, source: str, generator: str) -> str:
    """Say what the verdict found: data, generator, endpoint, definition, generations, tolerance, share and limit.

    Shares are rounded down, so that rounding never makes one look safer.
    """
    setting = f"with the generator {generator} on {source} (study {study}), {_mixture(verdict.ladder.policy)}"
    if never_crosses(verdict):
        return _open_above(verdict, setting)
    if not verdict.decided:
        return (
            f"Not decided: {setting}, it is open how much of the dataset may be synthetic before {_worse(verdict)}, "
            f"because {verdict.reason}; {_remedy(verdict)}."
        )
    if verdict.safe_share == 0.0:
        smallest = percent(next(rung.share for rung in verdict.curve if rung.fitted > verdict.tolerance))
        return (
            f"No share tried is safe: {setting}, {_worse(verdict)} already where {smallest} of the dataset is "
            f"synthetic; {_evidence(verdict)}."
        )
    return f"With{setting[4:]}, {_shares(verdict)} before {_worse(verdict)}; {_evidence(verdict)}."


def never_crosses(verdict: Verdict) -> bool:
    """Whether the curve stays within the tolerance up to the largest share tried."""
    return bool(verdict.curve) and verdict.curve[-1].fitted <= verdict.tolerance


def exact_percent(tolerance: float) -> str:
    """A tolerance in per cent, as it was given."""
    return f"{100 * tolerance:g} %"


def percent(share: float) -> str:
    """A share in per cent, rounded down: to whole ones from 10 % on, to tenths below."""
    # Adds a billionth so that .29 × 100 = 28.999… stays 29.
    hundredths = 100 * share + 1e-9
    return f"{math.floor(hundredths)} %" if hundredths >= 10 else f"{math.floor(10 * hundredths) / 10:g} %"


def _mixture(policy: str) -> str:
    """How a dataset gets its synthetic share under a policy."""
    known = POLICIES.get(policy)
    return (known and known.mixture) or f"mixed by the policy '{policy}'"


def _worse(verdict: Verdict) -> str:
    """What got worse, by how much and how soon, such as: recall (…) falls by more than 10 % within 5 generations."""
    endpoint = ENDPOINTS[verdict.endpoint]
    beyond = WORSE[endpoint.direction].format(exact_percent(verdict.tolerance))
    later = verdict.generations - 1
    return (
        f"{verdict.endpoint.replace('_', ' ')} ({endpoint.meaning}; “{verdict.definition}”) {beyond} "
        f"within {later} generation{'s' if later > 1 else ''} of training on its own output"
    )


def _shares(verdict: Verdict) -> str:
    assert verdict.safe_share is not None and verdict.lower_95 is not None
    return (
        f"{percent(verdict.safe_share)} of the dataset may be synthetic "
        f"(with 95 % confidence, at least {percent(verdict.lower_95)})"
    )


def _open_above(verdict: Verdict, setting: str) -> str:
    """Say what is known where no share tried is past the tolerance, and how surely; of larger shares nothing is."""
    largest = verdict.ladder.shares[-1]
    larger = "" if largest == 1 else "an arm with a larger share, "
    return (
        f"Not decided: {setting}, at no share tried, up to {percent(largest)}, {_worse(verdict)}; "
        f"{_surely(verdict, largest)}; {larger}more generations or a smaller tolerance would decide; "
        f"{_evidence(verdict)}."
    )


def _surely(verdict: Verdict, largest: float) -> str:
    if verdict.lower_95 is None:
        return "1 replicate cannot show how sure that is"
    if verdict.lower_95 == 0:
        return "this shows no share to be safe, since with 95 % confidence the limit may be 0 %"
    shown = f"with 95 % confidence, {percent(verdict.lower_95)} of the dataset may be synthetic"
    return shown if verdict.lower_95 >= largest else f"{shown}, and no larger share is shown to be safe"


def _remedy(verdict: Verdict) -> str:
    if verdict.safe_share is None:
        return "another endpoint would decide"
    so_far = f"the estimate so far is {percent(verdict.safe_share)}"
    if verdict.replicates_needed is None:
        return f"no number of replicates up to 1,000 would decide, arms with shares in between might; {so_far}"
    return (
        f"about {verdict.replicates_needed} replicates would decide if the next are like the {verdict.replicates} "
        f"so far; {so_far}"
    )


def _evidence(verdict: Verdict) -> str:
    replicates = f"{verdict.replicates} replicate{'s' if verdict.replicates > 1 else ''}"
    return f"{replicates}, shares {', '.join(f'{share:g}' for share in verdict.ladder.shares)} tried"
