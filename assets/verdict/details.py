"""What is to be known of a verdict beside its headline, a sentence each."""

from outcross.assets.metrics.endpoint import Direction
from outcross.assets.stored_verdicts import Outcome
from outcross.assets.study.policies import POLICIES
from outcross.assets.study.tolerance import Tolerance
from outcross.assets.verdict.figures import amount, exact_percent, number, percent
from outcross.assets.verdict.forecast import Forecast
from outcross.assets.verdict.references import HOLDOUT
from outcross.assets.verdict.rows_trend import RowsTrend
from outcross.assets.verdict.sentence import THESE_ROWS
from outcross.assets.verdict.verdict import Verdict
from outcross.resources.counted import counted

WORSE: dict[Direction, str] = {
    "lower": "rises by more than {}",
    "higher": "falls by more than {}",
    "one": "moves away from 1 by more than {} on a log scale",
    "fall": "falls by more than {} on a log scale",
}
OTHER_SIZES = "With another number of rows the share may differ; a list in 'rows' shows whether it does."
"""What a verdict of one size leaves open."""
SHARED_ROWS = "Other real rows may have another share; 'real_rows: own' makes it one for rows like these."
"""What a verdict leaves open whose replicates share the real rows."""
OWN_OUTPUT = "training on its own output"
"""What a generation is a round of, where each model is fitted to rows of the one before."""
OF_POOL = "mixing with the pool"
"""What a generation is a round of, where rows made elsewhere are mixed in."""
ENOUGH_MODELS = 6
"""Models of a lineage from which on closed-form families change by less than a twentieth with further generations."""


def details(
    verdict: Verdict, *, study: str, source: str, generator: str, whose: str = THESE_ROWS, rounds: str = OWN_OUTPUT
) -> list[str]:
    """Say what getting worse means, what is known of larger shares, and the evidence; then what else to beware of.

    Args:
        verdict: to put in words.
        study: its name.
        source: of the real rows.
        generator: that was fitted to its own output.
        whose: for which rows it holds, such as "for rows drawn like these, 500 a generation".
        rounds: what a generation is a round of.
    """
    return [
        f"With the generator {generator} on {source} (study {study}), {_mixture(verdict.ladder.policy)}.",
        f"Too much is where {_worse(verdict, rounds)}.",
        *_beyond(verdict),
        f"{_evidence(verdict)}, {whose}.",
        *_caveats(verdict, rounds),
    ]


def tolerance_text(verdict: Verdict) -> str:
    """The tolerance with what it is a share of, such as "5 %" or "0.3 nats per row"."""
    return verdict.tolerance.text(verdict.subject)


def _mixture(policy: str) -> str:
    """How a dataset gets its synthetic share under a policy."""
    known = POLICIES.get(policy)
    return (known and known.mixture) or f"mixed by the policy '{policy}'"


def _worse(verdict: Verdict, rounds: str) -> str:
    """What got worse than with real rows alone, by how much and how soon."""
    endpoint = verdict.subject
    beyond = WORSE[endpoint.direction].format(verdict.tolerance.sentence(endpoint))
    later = verdict.generations - 1
    runs = "" if verdict.tolerance.runs is None else f"in more than {exact_percent(verdict.tolerance.runs)} of runs, "
    return (
        f"{runs}{verdict.endpoint.replace('_', ' ')}{_measured_on(verdict)} ({endpoint.meaning}; "
        f"“{verdict.definition}”) {beyond} "
        f"within {counted(later, 'generation')} of {rounds}, against real rows alone"
    )


def _measured_on(verdict: Verdict) -> str:
    return "" if verdict.reference == HOLDOUT else f" on test set '{verdict.reference}'"


def _beyond(verdict: Verdict) -> list[str]:
    """What is known of shares that are not shown to be safe, or why none is."""
    match verdict.outcome:
        case Outcome.LIMIT:
            return [_above(verdict)]
        case Outcome.SAFE_THROUGHOUT:
            return [] if verdict.ladder.shares[-1] == 1 else ["No larger share was tried."]
        case Outcome.NOT_DECIDED:
            return [f"It is open because {verdict.reason}; {_remedy(verdict)}."]
    return []


def _above(verdict: Verdict) -> str:
    """What is known of the next share, and the estimate in between."""
    shares = verdict.ladder.shares
    following = next(share for share in shares if share > (verdict.lower_95 or 0.0))
    exceeds = verdict.upper_95 is not None and verdict.upper_95 <= following
    known = "it does" if exceeds else "that is not ruled out"
    assert verdict.safe_share is not None
    return f"At {exact_percent(following)} {known}; the curve crosses at an estimated {percent(verdict.safe_share)}."


def _remedy(verdict: Verdict) -> str:
    if verdict.safe_share is None:
        return "then, or with another endpoint, it would be decided"
    if verdict.replicates_needed is None:
        return "no number of replicates up to 1,000 would decide, a smaller share or a larger tolerance might"
    return f"about {verdict.replicates_needed} replicates would decide in 80 % of cases, or a smaller share"


def _evidence(verdict: Verdict) -> str:
    replicates = counted(verdict.replicates, "replicate")
    added = verdict.ladder.added_shares
    planned = ", ".join(f"{share:g}" for share in verdict.ladder.planned_shares)
    then = f", then {', '.join(f'{share:g}' for share in added)} where it is decided" if added else ""
    return f"{replicates}, shares {planned} tried{then}"


def _caveats(verdict: Verdict, rounds: str) -> list[str]:
    """What the reader must know besides."""
    said = []
    if verdict.outcome in {Outcome.LIMIT, Outcome.SAFE_THROUGHOUT} and verdict.tolerance.runs is None:
        said.append(
            f"What happens in fewer than {exact_percent(round(verdict.unseen, 2))} of runs could have stayed unseen."
        )
    if verdict.generations < ENOUGH_MODELS and rounds == OWN_OUTPUT:
        said.append(f"A lineage had only {verdict.generations} models: later generations may be worse.")
    if verdict.drift is not None and abs(verdict.drift[0]) > max(2 * verdict.drift[1], verdict.tolerance.size / 10):
        change = "worse too" if verdict.drift[0] > 0 else "better"
        said.append(
            f"Real rows alone became {change}, by {_amount(verdict, abs(verdict.drift[0]))} since generation 0."
        )
    if verdict.outlook is not None:
        said.append(_outlook(verdict, verdict.outlook))
    return said


def _outlook(verdict: Verdict, forecast: Forecast) -> str:
    """What to expect of more generations, said to be extrapolated."""
    later, share, scale = forecast.generations - 1, exact_percent(forecast.share), verdict.tolerance.scale
    if forecast.damage is None or forecast.lower is None or forecast.upper is None:
        return f"Nothing can be extrapolated to {later} generations at {share} synthetic: {forecast.reason}."
    return (
        f"Extrapolated, not measured: after {later} generations, at {share} synthetic, the mean damage would be "
        f"between {number(forecast.lower, scale)} and {_amount(verdict, forecast.upper)} (95 % interval)"
        f"{_against(verdict.tolerance, forecast.lower, forecast.upper)}{_roughly(verdict.generations)}."
    )


def _against(tolerance: Tolerance, lower: float, upper: float) -> str:
    """Where an interval of mean damage lies; nothing where the tolerance is not about the mean."""
    if tolerance.runs is not None:
        return ""
    if upper <= tolerance.size:
        return ", within the tolerance"
    return ", beyond the tolerance" if lower > tolerance.size else ", which may exceed the tolerance"


def _roughly(generations: int) -> str:
    return "" if generations >= ENOUGH_MODELS else f"; {ENOUGH_MODELS} models or more would show the growth better"


def _amount(verdict: Verdict, size: float) -> str:
    return amount(size, verdict.tolerance.scale, verdict.subject)


def trend_sentence(verdict: Verdict, trend: RowsTrend) -> str:
    """Say whether damage moves with the number of rows, and what that means for the share."""
    sizes = ", ".join(f"{each:,}" for each in trend.rows[:-1]) + f" and {trend.rows[-1]:,}"
    at = f"Over {sizes} rows a generation, at {exact_percent(trend.share)} synthetic,"
    if trend.lower <= 0 <= trend.upper:
        most = _amount(verdict, max(-trend.lower, trend.upper))
        return f"{at} no trend is shown: a doubling of the rows moves the damage by {most} at most (95 % interval)."
    less, more = ("smaller", "larger") if trend.upper < 0 else ("larger", "smaller")
    low, high = sorted(abs(each) for each in (trend.lower, trend.upper))
    return (
        f"{at} each doubling of the rows makes the damage {less} by {number(low, verdict.tolerance.scale)} to "
        f"{_amount(verdict, high)} (95 % interval): with more rows a {more} share is safe."
    )
