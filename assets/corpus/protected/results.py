"""What the ledger keeps of protected sets: the rows held for each, and those that were in before it was named."""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from outcross.assets.corpus.ledger.guard_result import ADMITTED_BEFORE, ROWS_OF_SET, GuardResult
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.protected.copies import GUARD, Protected
from outcross.assets.corpus.protected.recheck import recheck
from outcross.assets.corpus.protected_sets import name_of


def compare_admitted(corpus: OpenCorpus, last: Version, protected: Protected) -> tuple[GuardResult, ...]:
    """Compare the rows of a corpus with the sets that its last intake did not know, with this content.

    Args:
        corpus: the open corpus.
        last: its last version.
        protected: the sets that its file names now.
    """
    known = _known(corpus, last)
    new = tuple(each for each in protected.sets if each.key not in known)
    if not new:
        return ()
    found = recheck(corpus, last, protected, new)
    return tuple(
        _result(
            each.key,
            ADMITTED_BEFORE,
            rows := found.of(each).height,
            passed=not rows,
            why=""
            if not rows
            else f"{found.describe(each)}; list these rows, and how to take them out, with 'outcross corpus "
            f"{corpus.name} --recheck'",
        )
        for each in new
    )


def held_for(found: pl.DataFrame, protected: Protected) -> Iterator[GuardResult]:
    """Report how many rows of a batch each set holds.

    Args:
        found: of the batch, :data:`~.copies.COPIES`.
        protected: the sets.
    """
    for each in protected.sets:
        yield _result(each.key, ROWS_OF_SET, found.filter(pl.col("set") == each.key).height, passed=True, why="")


def tell_protected(names: Iterable[str], versions: Iterable[Version]) -> list[str]:
    """Say of each protected set how many rows of batches were held for it, a sentence each.

    Args:
        names: of the sets that the corpus file names.
        versions: of the ledger.
    """
    held, known = dict[str, int](), dict[str, str]()
    for result in (each for version in versions for each in version.guards if each.metric == ROWS_OF_SET):
        name = name_of(result.group)
        held[name] = held.get(name, 0) + int(result.value or 0)
        known[name] = result.group
    return [
        f"protected set '{name}': {held[name]:,} rows of batches were held as copies of its rows (content "
        f"{known[name].rpartition('@')[2]})"
        if name in known
        else f"protected set '{name}': no batch came since it was named; rows that were in before are compared by the "
        "next intake, and by --recheck"
        for name in names
    ]


def _known(corpus: OpenCorpus, last: Version) -> Mapping[str, float | None]:
    """Return the sets that the last intake compared its rows with, by name and content."""
    for number in reversed(numbers(corpus.files)):
        version = last if number == last.number else read_version(corpus.files, number)
        if version.action == "ingest":
            return {each.group: each.value for each in version.guards if each.metric == ROWS_OF_SET}
    return {}


def _result(key: str, metric: str, rows: int, *, passed: bool, why: str) -> GuardResult:
    return GuardResult(
        guard=GUARD,
        metric=metric,
        group=key,
        value=float(rows),
        lower=None,
        upper=None,
        passed=passed,
        blocking=False,
        why=why,
    )
