"""The changes that a corpus accepts at a time: those of its ledger, and those that its file names."""

from collections.abc import Iterator
from dataclasses import replace

from outcross.assets.corpus.accepted.checked import check_change
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.ledger.accepted_change import AcceptedChange, ChangeKind
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus

IN_FILE = "'accept' in the corpus file"


def find_in_force(corpus: OpenCorpus, last: Version, *, by: str, at: str) -> tuple[AcceptedChange, ...]:
    """Return the changes in force: those that commands accepted, then those of the corpus file.

    Args:
        corpus: the open corpus.
        last: its last version. What it records of the file keeps its date as long as the file names it.
        by: who asks, for what the file names for the first time.
        at: when, likewise.

    Raises:
        BadInput: the file names a change that cannot be accepted.
    """
    commanded = [each for each in last.accepted if each.source == "command"]
    known = {each.key: each for each in last.accepted if each.source == "corpus file"}
    stated = []
    for change in _in_file(corpus.settings, by=by, at=at):
        if change.key in known:
            stated.append(known[change.key])
        elif change.key not in {each.key for each in commanded}:
            stated.append(check_change(change, corpus))
    return (*commanded, *stated)


def with_changes(corpus: OpenCorpus, last: Version, *, by: str, at: str) -> OpenCorpus:
    """Return the corpus as of a version, with the changes in force; raises as :func:`find_in_force`."""
    stored = corpus.as_of(last)
    found = find_in_force(stored, last, by=by, at=at)
    return stored if found == stored.accepted else replace(stored, accepted=found)


def _in_file(settings: Corpus, *, by: str, at: str) -> Iterator[AcceptedChange]:
    def change(kind: ChangeKind, column: str) -> AcceptedChange:
        return AcceptedChange(kind=kind, column=column, reason=IN_FILE, by=by, at=at, source="corpus file")

    for column, each in settings.accept.items():
        for level in each.levels:
            yield replace(change("level", column), level=level)
        if each.range is not None:
            yield replace(change("range", column), low=each.range[0], high=each.range[1])
        if each.unit is not None:
            yield replace(change("unit", column), factor=each.unit)
        if each.absent:
            yield change("absent", column)
