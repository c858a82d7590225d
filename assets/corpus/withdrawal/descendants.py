"""What rests on rows of a corpus: every version, release, study, model, batch and corpus whose parents reach them.

A chain of parents has four kinds of links. A version has the rows. A study read them: its source lies in the corpus's
folder, or rows of its anchor, holdout or pool have their content. A batch names as its ``parent`` a corpus that had
them, one of its batches, or such a study. And rows of another corpus have their content. The walk ends where nothing is
new; it only reads.
"""

from collections import deque
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.files import ANCHOR, OF_ANCHORS
from outcross.assets.corpus.ledger.custody import Withdrawal, undecided
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.withdrawal.ledgers import PLACED, Ledger, Names, list_ledgers
from outcross.assets.corpus.withdrawal.selection import Selector, select_rows
from outcross.assets.corpus.withdrawal.studies import count_read, draws_from, list_made, list_studies, reads_files_of
from outcross.assets.corpus.withdrawn_rows import read_withdrawn
from outcross.resources.errors import BadInput

KINDS = ("version", "release", "batch", "corpus", "study", "model", "synthetic", "bound")
"""Kinds of descendants, in the order in which they are told."""


@dataclass(frozen=True, kw_only=True)
class Descendant:
    """Something that rests on the rows.

    Attributes:
        kind: one of :data:`KINDS`. A ``release`` is a version that released some of them from quarantine, a ``bound`` a
            corpus whose bound is the verdict of a study that rests on them.
        name: of it: ``people:3``, ``people/batches/0f…``, a study, or a path below the root.
        rows: of it that are, repeat or were made from the rows; 0 where none is counted.
        through: what links it to them.
    """

    kind: str
    name: str
    rows: int
    through: str


@names_damage
def find_descendants(corpus: OpenCorpus, selector: Selector) -> list[Descendant]:
    """List what rests on the rows that a selector means; nothing is changed.

    Raises:
        BadInput: no row is meant.
    """
    last = read_version(corpus.files)
    return _Walk(corpus).run(select_rows(corpus, last, selector).lines.select(list(PLACED)))


@names_damage
def descendants_of_withdrawal(corpus: OpenCorpus, number: int) -> list[Descendant]:
    """List what rests on the rows that a version withdrew, also where their bytes were erased.

    Raises:
        BadInput: that version withdrew nothing.
    """
    last = read_version(corpus.files)
    if number not in {each.version for each in last.withdrawals}:
        known = ", ".join(str(each.version) for each in last.withdrawals)
        ways = f"those that did: {known}" if known else "no version did; name the rows by --batch or another option"
        raise BadInput(f"corpus '{corpus.name}': version {number} withdrew nothing; {ways}")
    lines = read_withdrawn(corpus.files, last, only=lambda each: each.version == number)
    lines = lines.filter(~pl.col("state").is_in(OF_ANCHORS))  # copies of rows that lie in parts as well
    return _Walk(corpus).run(lines.select(list(PLACED)))


def find_marked(corpus: OpenCorpus, last: Version) -> list[tuple[Withdrawal, list[Descendant]]]:
    """List the withdrawals that nobody has decided about, with what rests on their rows."""
    return [(each, descendants_of_withdrawal(corpus, each.version)) for each in undecided(last.withdrawals)]


class _Walk:
    """A walk from rows to everything that rests on them."""

    def __init__(self, corpus: OpenCorpus) -> None:
        self._corpus, self._store = corpus, corpus.store
        self._ledgers, self._studies = list_ledgers(corpus.store), list_studies(corpus.store)
        self._names, self._rows = Names(), dict[str, pl.DataFrame]()
        self._found: dict[tuple[str, str], Descendant] = {}
        self._waiting: deque[tuple[str, pl.DataFrame]] = deque()

    def run(self, rows: pl.DataFrame) -> list[Descendant]:
        self._waiting.append((self._corpus.name, rows))
        while self._waiting:
            self._follow(*self._waiting.popleft())
        return sorted(self._found.values(), key=lambda each: KINDS.index(each.kind))

    def _follow(self, name: str, rows: pl.DataFrame) -> None:
        """Follow rows of a corpus, as far as they were not followed before."""
        known = self._rows.get(name, pl.DataFrame(schema=PLACED))
        new = rows.unique(maintain_order=True).join(known, on=["path", "position"], how="anti", maintain_order="left")
        if not new.height:
            return
        self._rows[name] = every = pl.concat([known, new])
        self._tell_versions(self._ledgers[name], every)
        contents = every.select("content").drop_nulls().unique()
        for study in self._studies:
            equal = count_read(self._corpus, study, contents)
            if equal:
                self._add_study(study, equal, f"{equal:,} of its rows have the content of rows of {name}")
            elif reads_files_of(self._store, study, name):
                self._add_study(study, 0, f"its source lies in the folder of corpus {name}")
        self._look_everywhere(name, contents, since=self._ledgers[name].first_came(every))

    def _look_everywhere(self, name: str, contents: pl.DataFrame, *, since: str) -> None:
        """Look in every corpus for rows that name what is known by now, or repeat rows of a corpus."""
        nothing = contents.clear()
        for ledger in self._ledgers.values():
            equal_to = nothing if ledger.corpus == name else contents
            for rows, how in ledger.find_rows(equal_to, self._names, since=since):
                known = self._rows.get(ledger.corpus, pl.DataFrame(schema=PLACED))
                new = rows.join(known, on=["path", "position"], how="anti", maintain_order="left")
                if new.height:
                    self._tell_batches(ledger, rows, how)
                    self._waiting.append((ledger.corpus, new))
        for study in self._studies:
            if draws_from(self._store, study, self._names):
                self._add_study(study, 0, "its pool names what rests on them as its parent")

    def _tell_versions(self, ledger: Ledger, rows: pl.DataFrame) -> None:
        counts = ledger.count_by_version(rows)
        if not counts:
            return
        versions = {each.number: each for each in ledger.versions}
        self._names.add_corpus(ledger.corpus, counts, versions[min(counts)].at)
        for batch in rows["batch_id"].unique():
            if batch != ANCHOR:
                self._names.add(batch)
        brought = {ledger.came[path].number for path in rows["path"].unique() if path in ledger.came}
        for number, count in counts.items():
            is_release = number in brought and versions[number].action == "release"
            kind, how = ("release", "released some of them") if is_release else ("version", "has them")
            self._add(kind, f"{ledger.corpus}:{number}", count, how)

    def _tell_batches(self, ledger: Ledger, rows: pl.DataFrame, how: str) -> None:
        for (batch,), own in rows.group_by("batch_id", maintain_order=True):
            name = f"{ledger.corpus}/batches/{batch}"
            before = self._found.get(("corpus" if batch == ANCHOR else "batch", name))
            count = max(own.height, 0 if before is None else before.rows)
            self._add("corpus" if batch == ANCHOR else "batch", name, count, how)

    def _add_study(self, study: str, rows: int, how: str) -> None:
        if ("study", study) in self._found:
            return
        self._add("study", study, rows, how)
        self._names.add(study)
        for made in list_made(self._store, study):
            self._add(made.kind, made.path, made.rows, f"of study {study}")
        for ledger in self._ledgers.values():
            if ledger.bound_of == study:
                self._add("bound", ledger.corpus, 0, f"its bound is the verdict of study {study}")

    def _add(self, kind: str, name: str, rows: int, through: str) -> None:
        self._found[kind, name] = Descendant(kind=kind, name=name, rows=rows, through=through)
