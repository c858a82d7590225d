"""A verdict in at most 35 words: what was found, how sure that is, until when and for whom; what is left is below it.

The headline of an undecided verdict has no number, since any would be taken for an answer.
"""

from collections.abc import Callable

from outcross.assets.metrics.endpoint import Direction
from outcross.assets.stored_verdicts import Outcome
from outcross.assets.study.learners.contract import PREFIX
from outcross.assets.verdict.benefit.benefit import Benefit
from outcross.assets.verdict.figures import amount, exact_percent, percent
from outcross.assets.verdict.references import HOLDOUT
from outcross.assets.verdict.verdict import Verdict
from outcross.resources.counted import counted

MOST_WORDS = 35
"""Words that a person repeats without notes."""
THESE_ROWS = "for these very rows"
"""Whose answer a verdict is where all replicates share the real rows."""
_MOVES: dict[Direction, tuple[str, str]] = {
    "lower": ("rises", "by"),
    "higher": ("falls", "by"),
    "one": ("moves", "from 1 by"),
    "fall": ("falls", "by"),
}
_LOG = " on a log scale"


def whose_rows(rows: int, *, drawn: bool) -> str:
    """For which rows a verdict holds: replicates that share the real rows say nothing of others like them.

    Args:
        rows: of a generation; 0 where that is not known.
        drawn: whether each replicate has real rows of its own.
    """
    if drawn:
        return f"for {rows:,} rows like these" if rows else "for rows like these"
    return f"for these very {rows:,} rows" if rows else THESE_ROWS


def sentence(verdict: Verdict, *, whose: str = THESE_ROWS) -> str:
    """Say what the verdict found, in at most 35 words.

    Args:
        verdict: to put in words.
        whose: for which rows it holds, see :func:`whose_rows`; it is left out where the verdict is open.
    """
    if verdict.outcome == Outcome.NOT_DECIDED:
        verb = _MOVES[verdict.subject.direction][0]
        return (
            f"Not decided: these runs do not show how much of the dataset may be synthetic before "
            f"{_explained(verdict)} {verb} too far."
        )
    return _within(verdict, lambda name, beyond, log: _decided(verdict, name, beyond, log, whose))


def benefit_headline(verdict: Verdict, benefit: Benefit, *, whose: str = THESE_ROWS) -> str:
    """Say whether synthetic rows help, in at most 35 words; arguments as :func:`sentence` has them."""
    best = benefit.best
    if not benefit.helps:
        return (
            f"Synthetic rows are not shown to help: at no share tried is {_name(verdict)} shown to be better than with "
            f"the best alternative."
        )
    gain = _short(amount(benefit.lower_95, verdict.tolerance.scale, verdict.subject))
    return _within(
        verdict,
        lambda name, _, log: (
            f"Synthetic rows help: at {exact_percent(best.share)} synthetic, {name} is at least {gain} better{log} "
            f"(95 % confidence) than the best without them within {_generations(verdict)}, {whose}."
        ),
    )


def _decided(verdict: Verdict, name: str, beyond: str, log: str, whose: str) -> str:
    verb, by = _MOVES[verdict.subject.direction]
    often = "" if verdict.tolerance.runs is None else f" in {exact_percent(1 - verdict.tolerance.runs)} of runs"
    until = f"within {_generations(verdict)}, {whose}."
    match verdict.outcome:
        case Outcome.NONE_SAFE:
            share = exact_percent(verdict.ladder.planned_shares[1])
            return (
                f"Not even {share} synthetic is safe{often} (95 % confidence): {name} {verb} {by} more than "
                f"{beyond}{log} {until}"
            )
        case Outcome.SAFE_THROUGHOUT:
            found = f"Safe at all shares to {exact_percent(verdict.ladder.shares[-1])}{often} (95 % confidence)"
        case _:
            assert verdict.lower_95 is not None
            found = f"Up to {percent(verdict.lower_95)} synthetic is safe{often} (95 % confidence)"
    return f"{found}: {name} {verb} {by} at most {beyond}{log} {until}"


def _explained(verdict: Verdict) -> str:
    """The endpoint's name with what it is about; a learner's metric is the team's own, and known to it."""
    about = "" if verdict.endpoint.startswith(PREFIX) else f" ({verdict.subject.in_words})"
    return f"{verdict.endpoint.replace('_', ' ')}{about}{_measured_on(verdict)}"


def _within(verdict: Verdict, said: Callable[[str, str, str], str]) -> str:
    """Return the fullest form that keeps to the words: some lack the scale, or what the endpoint is about."""
    beyond = _short(verdict.tolerance.text(verdict.subject))
    log = _LOG if verdict.subject.direction in ("one", "fall") else ""
    key = f"'{verdict.endpoint}'{_measured_on(verdict)}"
    forms = [
        said(name, beyond, scale)
        for names in ((_explained(verdict), _name(verdict)), (key,))
        for scale in (log, "")
        for name in names
    ]
    return next((each for each in forms if len(each.split()) <= MOST_WORDS), forms[-1])


def _name(verdict: Verdict) -> str:
    return f"{verdict.endpoint.replace('_', ' ')}{_measured_on(verdict)}"


def _measured_on(verdict: Verdict) -> str:
    return "" if verdict.reference == HOLDOUT else f" on '{verdict.reference}'"


def _short(text: str) -> str:
    """An amount without the second of its units: "0.3 nats per row, or per token of text"."""
    return text.split(",", maxsplit=1)[0]


def _generations(verdict: Verdict) -> str:
    return counted(verdict.generations - 1, "generation")
