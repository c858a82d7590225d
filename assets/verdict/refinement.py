"""Which rung a ladder adds next: between the last share that passed and the first that did not.

The choice is a function of the study file and of the evaluations that there are. So a run that was killed goes on with
the rung that it would have chosen, and rungs that somebody made out of turn count for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from outcross.assets.study.study import Rung, Study
from outcross.assets.verdict.dose_response import Ladder
from outcross.assets.verdict.verdict import Verdict, verdict


@dataclass(frozen=True, kw_only=True)
class Addition:
    """A rung that is added, or is to be.

    Attributes:
        ladder: its name.
        rung: the share and its arm.
        reason: why there, in a sentence.
    """

    ladder: str
    rung: Rung
    reason: str


@dataclass(frozen=True, kw_only=True)
class Refined:
    """A ladder with the rungs that it has added so far.

    Attributes:
        ladder: all of them.
        added: the ones that were added, in their order.
        following: the one to add next; None where no further one would decide, or the budget is spent.
    """

    ladder: Ladder
    added: tuple[Addition, ...]
    following: Addition | None


def next_share(tried: Sequence[tuple[float, bool]], candidates: Sequence[float], *, left: int) -> float | None:
    """Return the share to try next: the smallest candidate between the last rung that is safe and the one above it.

    Args:
        tried: (share, whether it is shown to be safe) of each rung, ascending; the control, which is safe, first.
        candidates: shares that may be added, ascending.
        left: rungs that may still be added.

    Returns:
        None where every rung is safe, none is left to add, or no candidate lies between.
    """
    first_not = next((place for place, (_, safe) in enumerate(tried) if not safe), None)
    if not first_not or not left:
        return None
    below, above = tried[first_not - 1][0], tried[first_not][0]
    return next((share for share in candidates if below < share < above), None)


def refine_ladder(study: Study, name: str, evaluations: pl.DataFrame, *, constant: float | None = None) -> Refined:
    """Replay the choices of a ladder, as far as their rungs are evaluated.

    Args:
        study: its settings; the primary endpoint decides.
        name: of the ladder.
        evaluations: as :func:`outcross.assets.verdict.verdict.verdict` takes them, of every planned rung.
        constant: what a constant prediction has, where the primary endpoint is of utility.

    Raises:
        IncompleteStudy: a planned rung was not evaluated.
    """
    settings, candidates = study.ladders[name], {rung.share: rung for rung in study.candidates[name]}
    planned = tuple((rung.share, rung.arm) for rung in study.rungs[name])
    ladder, added = Ladder(name, settings.policy, planned, refine=settings.refine), list[Addition]()
    evaluated = set(evaluations.filter(generation=study.generations - 1)["arm"]) if candidates else set()
    while candidates:
        found = _reach(study, ladder, evaluations, constant)
        tried = [(rung.share, rung.safe) for rung in found.curve] if found.lower_95 is not None else []
        share = next_share(tried, list(candidates), left=settings.refine - len(added))
        if share is None:
            break
        addition = Addition(ladder=name, rung=candidates[share], reason=_reason(found, share))
        if addition.rung.arm not in evaluated:
            return Refined(ladder=ladder, added=tuple(added), following=addition)
        added.append(addition)
        arms = (*ladder.added, addition.rung.arm)
        ladder = replace(ladder, rungs=(*ladder.rungs, (share, addition.rung.arm)), added=arms)
    return Refined(ladder=ladder, added=tuple(added), following=None)


def _reach(study: Study, ladder: Ladder, evaluations: pl.DataFrame, constant: float | None) -> Verdict:
    endpoint = study.primary_endpoint
    assert endpoint is not None, "a study with a ladder has an endpoint"
    subject = study.endpoint_of(endpoint)
    return verdict(
        evaluations,
        ladder,
        endpoint=subject,
        tolerance=study.endpoints[endpoint].read(subject),
        seed=study.seed,
        generations=study.generations,
        forecast=False,
        constant=constant,
    )


def _reason(found: Verdict, share: float) -> str:
    below = max(rung.share for rung in found.curve if rung.share < share)
    above = min(rung.share for rung in found.curve if rung.share > share)
    passed = "real rows alone" if below == 0 else f"{below:g}"
    return f"share {share:g}, between {passed} (shown to be safe) and {above:g} (not shown), by {found.endpoint}"
