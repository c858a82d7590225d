"""Rows are withdrawn for good, and erased; everything else stays true. A batch is declared anew."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Request
from outcross.assets.corpus.ledger.erasing import is_unfinished
from outcross.assets.corpus.ledger.ledger import extend, read_version
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.quarantine import list_quarantine, reject, release
from outcross.assets.corpus.withdrawal.declare import _complete, declare
from outcross.assets.corpus.withdrawal.descendants import descendants_of_withdrawal, find_descendants, find_marked
from outcross.assets.corpus.withdrawal.selection import Selector
from outcross.assets.corpus.withdrawal.since import withdrawn_since
from outcross.assets.corpus.withdrawal.withdraw import decide, plan_withdrawal, withdraw
from outcross.assets.export.batches import describe_corpus
from outcross.assets.take.of_corpus import take_corpus
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.store import Address
from outcross.resources.warehouse import query
from tests.assets.corpus.custody import ASKED, Kept, keep, traces
from tests.assets.corpus.people import AT, CLAIMS, every_byte, mixed, people, reopen, start, take

KILLS = 30 if os.environ.get("OUTCROSS_FAULTS") == "all" else 2
"""`make faults` sets the variable to kill at 30 moments."""
WITHDRAWN = 12
"""The version that withdraws rows of the corpus that tests start from."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A corpus that no test may change."""
    return keep(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def kept(made: Kept, tmp_path: Path) -> Kept:
    """A copy of it."""
    shutil.copytree(Path(made.corpus.store.path).parent, tmp_path / "people")
    return Kept(reopen(tmp_path / "people"), made.first, made.other, made.made, made.again)


def root_of(kept: Kept) -> Path:
    return Path(kept.corpus.store.path)


def of_first(corpus: OpenCorpus, batch: str, version: int) -> int:
    rows = scan_rows(corpus, read_version(corpus.files, version), ["batch_id"])
    return rows.filter(pl.col("batch_id") == batch).collect().height


def test_a_batch_is_erased_in_the_middle_of_twenty_versions_and_the_audit_proves_all_the_rest(
    kept: Kept, tmp_path: Path
) -> None:
    corpus, rows = kept.corpus, kept.rows[:26]
    assert len(traces(root_of(kept), rows)) >= 6, "parts, quarantine and originals, also of the batch that repeats them"
    head = audit(corpus).head
    found = withdraw(corpus, Selector(batch=kept.first), **ASKED, erase=True)
    decide(corpus, WITHDRAWN, **ASKED)
    later = take(corpus, tmp_path / "later.parquet", mixed(corpus, 50)[:26]).batch
    for position in range(20, 26):
        reject(corpus, later, positions=[position], **ASKED)
    assert read_version(corpus.files).number == 20
    assert (found.number, found.rows_in, found.withdrawals[-1].rows) == (WITHDRAWN, 9, 22)
    assert traces(root_of(kept), rows) == []
    seen = audit(corpus, head=head, from_originals=True)
    assert seen.problems == () and seen.kept == WITHDRAWN - 1 and seen.unnamed == ()
    assert (seen.rows_withdrawn, seen.rows_erased) == (35, 35), "32 of the batch, and 3 copies in another's quarantine"
    assert any(f"erased by version {WITHDRAWN}" in each for each in seen.limits)
    assert sum(kept.first in each for each in seen.limits) == 2
    between = read_version(corpus.files, 5)
    assert between.rows == scan_rows(corpus, between).collect().height + 20
    assert [each.rows for each in withdrawn_since(corpus, between)] == [20]
    assert f"20 rows of this version were withdrawn by version {WITHDRAWN}" in take_corpus(corpus, 5).notes[-1]
    in_sql = query(
        corpus.store,
        """SELECT version, ledger."rows" AS stated, count(*) AS there
        FROM ledger JOIN corpus_people.rows USING (version) GROUP BY ALL ORDER BY version""",
    )
    lost = [stated - there for version, stated, there in in_sql.iter_rows() if version < WITHDRAWN]
    assert lost == [0, 20, 20, 20, 20, 21, 22, 22, 22, 22, 22]
    assert {stated - there for version, stated, there in in_sql.iter_rows() if version >= WITHDRAWN} == {0}
    files = describe_corpus(corpus).tables[0].files
    assert sum(each.rows for each in files) == read_version(corpus.files).rows
    assert all(corpus.files.digest(each.path) == each.sha256 for each in files)


@pytest.mark.parametrize("erase", [False, True])
def test_what_was_withdrawn_is_refused_when_it_comes_again(kept: Kept, tmp_path: Path, erase: bool) -> None:
    corpus = kept.corpus
    withdraw(corpus, Selector(batch=kept.first), **ASKED, erase=erase)
    kept.rows.write_parquet(tmp_path / "renamed.parquet")
    whole = ingest(corpus, tmp_path / "renamed.parquet", Request(claims=CLAIMS["real"], by="test", at=AT))
    assert whole.status == "refused" and f"by version {WITHDRAWN}" in whole.reasons[0]
    single = pl.concat([kept.rows[4:6], people(3, 60).cast({"age": pl.Float64})])
    part = take(corpus, tmp_path / "part.parquet", single)
    if erase:
        assert part.status == "refused"
        assert f"rows 0, 1 have content that version {WITHDRAWN} withdrew and erased" in part.reasons[0]
        assert traces(root_of(kept), kept.rows[:26]) == []
    else:
        assert (part.status, part.rows_quarantined) == ("partly admitted", 2)
        with pytest.raises(BadInput, match="of content that was withdrawn from the corpus: rows 0, 1"):
            release(corpus, part.batch, positions=None, **ASKED)
        with pytest.raises(BadInput, match="not in quarantine"):
            release(corpus, kept.first, positions=[23], **ASKED)
        assert kept.first not in {each.batch for each in list_quarantine(corpus)}
    assert audit(corpus).problems == ()


def test_rows_of_a_file_are_withdrawn_wherever_they_lie_and_those_of_the_anchor_stay(
    kept: Kept, tmp_path: Path
) -> None:
    corpus = kept.corpus
    anchor = corpus.rows.select(people(1, 0).columns).head(1).cast(dict(people(1, 0).schema))  # type: ignore[arg-type]
    asked = pl.concat([people(20, 1)[:2], people(8, 11)[:1], people(1, 99), anchor])
    asked.write_parquet(tmp_path / "asked.parquet")
    selector = Selector(rows=tmp_path / "asked.parquet")
    before = every_byte(corpus)
    plan = plan_withdrawal(corpus, selector, erase=True)
    assert every_byte(corpus) == before
    assert (plan.rows, plan.quarantined, plan.decided) == (5, 2, 2), "2 admitted, 2 released, 1 of another batch"
    assert (plan.of_anchor, plan.unknown) == (1, 1)
    assert plan.lost_originals == {kept.first: 28, kept.other: 7, kept.again: 5}
    withdraw(corpus, selector, **ASKED, erase=True)
    assert traces(root_of(kept), asked[:3]) == []
    assert audit(corpus, from_originals=True).problems == ()
    assert of_first(corpus, kept.first, WITHDRAWN) == 18
    with pytest.raises(BadInput, match="no row of the rows of file"):
        withdraw(corpus, selector, **ASKED)


def test_a_generator_is_withdrawn_by_its_name_and_unknown_names_and_missing_reasons_are_refused(kept: Kept) -> None:
    corpus = kept.corpus
    with pytest.raises(BadInput, match="no row of generator 'kopula'; its rows have 'copula'"):
        plan_withdrawal(corpus, Selector(generator="kopula"))
    with pytest.raises(BadInput, match="needs a reason"):
        withdraw(corpus, Selector(generator="copula"), reason=" ", by="anna", at=AT)
    with pytest.raises(BadInput, match="batch and licence was given"):
        Selector(batch="b", licence="l")
    found = withdraw(corpus, Selector(generator="copula"), **ASKED)
    assert totals(found.counts).synthetic == 0 and found.declared_share == 0
    assert "sample" not in {step.name for step in describe_corpus(corpus).steps}, "a card counts no withdrawn row"
    with pytest.raises(BadInput, match="was withdrawn before"):
        withdraw(corpus, Selector(batch=kept.made), **ASKED)
    withdraw(corpus, Selector(batch=kept.made), **ASKED, erase=True)
    assert traces(root_of(kept), people(6, 20)) == []
    assert audit(corpus).problems == ()


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(write: int) -> Iterator[list[str]]:
    """Let the writes and removals in a corpus end with a certain one, which is not done any more."""
    seen = list[str]()

    def wrap(name: str) -> None:
        real = getattr(CorpusStore, name)

        def guarded(self: CorpusStore, path: str, *rest: object) -> object:
            if name != "put":  # it creates a file, which is counted
                seen.append(path)
                if len(seen) > write:
                    raise Killed
            return real(self, path, *rest)

        patch.setattr(CorpusStore, name, guarded)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("create", "put_new", "remove"):
            wrap(name)
        yield seen


def test_killed_at_any_of_its_writes_nothing_is_half_done_and_a_later_command_finishes_it(
    made: Kept, tmp_path: Path
) -> None:
    with killed_at(1_000) as writes:
        shutil.copytree(Path(made.corpus.store.path).parent, tmp_path / "whole")
        withdraw(reopen(tmp_path / "whole"), Selector(batch=made.first), **ASKED, erase=True)
    commit = next(place for place, path in enumerate(writes) if path.startswith("versions/"))
    assert 5 < commit < len(writes) - 5
    points = sorted({round(place * (len(writes) - 1) / max(KILLS - 1, 1)) for place in range(KILLS)} | {commit + 1})
    for point in points:
        folder = tmp_path / f"killed-{point}"
        shutil.copytree(Path(made.corpus.store.path).parent, folder)
        with pytest.raises(Killed), killed_at(point):
            withdraw(reopen(folder), Selector(batch=made.first), **ASKED, erase=True)
        corpus = reopen(folder)
        is_done = point > commit
        assert read_version(corpus.files).number == (WITHDRAWN if is_done else WITHDRAWN - 1)
        if is_done:
            extend(corpus.files, lambda _: None)  # as any command does that writes to the corpus
        else:
            reject(corpus, made.again, positions=None, reason="twice", by="bert", at=AT)
        assert not is_unfinished(corpus.files, read_version(corpus.files))
        if not is_done:
            withdraw(corpus, Selector(batch=made.first), **ASKED, erase=True)
        assert corpus.files.list("erasing") == []
        assert traces(folder, made.rows[:26]) == []
        assert audit(corpus).problems == (), f"killed at write {point}, {writes[point]}"


def walk_by_hand(corpora: list[OpenCorpus], first: str, study: str) -> set[tuple[str, str]]:
    """Walk from a batch by reading the rows of every version of every corpus again and again until nothing is new."""
    reached, names = {("people", first)}, {study}
    contents = set(scan_rows(corpora[0], read_version(corpora[0].files, 2)).filter(pl.col("batch_id") == first)
                   .collect()["content"])  # fmt: skip
    found, before = set[tuple[str, str]](), -1
    while len(found) + len(reached) > before:
        before = len(found) + len(reached)
        for corpus in corpora:
            for number in range(1, read_version(corpus.files).number + 1):
                version = read_version(corpus.files, number)
                rows = scan_rows(corpus, version, ["batch_id", "parent", "content"]).collect()
                for batch, parent, content in rows.iter_rows():
                    repeats = corpus.name != "people" and content in contents
                    if repeats or (parent is not None and parent.removeprefix("corpora/") in names):
                        reached.add((corpus.name, batch))
                if any((corpus.name, batch) in reached for batch in rows["batch_id"]):
                    is_release = version.action == "release" and (corpus.name, version.batch) in reached
                    found.add(("release" if is_release else "version", f"{corpus.name}:{number}"))
                    names.add(f"{corpus.name}:{number}")
    return found | {("batch", f"{name}/batches/{batch}") for name, batch in reached if batch != first}


def test_descendants_are_those_of_a_walk_by_hand_and_a_withdrawal_marks_them_until_somebody_decides(
    kept: Kept, tmp_path: Path
) -> None:
    corpus, store = kept.corpus, kept.corpus.store
    learnt = pl.read_parquet(corpus.files.location(read_version(corpus.files, 2).parts[-1].path))
    store.write(Address(study="learner", thing="anchor"), learnt.head(15), provenance={"settings": {}})
    for thing, rows in (("model", 1), ("synthetic", 9)):
        address = Address(study="learner", thing=thing, generation=0, lineage="all")
        store.write(address, pl.DataFrame({"a": range(rows)}), provenance={})
    store.write(Address(study="stranger", thing="anchor"), learnt.head(0), provenance={"settings": {}})
    take(corpus, tmp_path / "of_study.parquet", people(5, 70), "synthetic", parent="learner")
    take(corpus, tmp_path / "of_earlier.parquet", people(5, 71), "synthetic", parent="people:1")
    other = start(tmp_path / "people", corpus="other")
    take(other, tmp_path / "taken.parquet", pl.concat([people(20, 1)[3:8], people(4, 72)]))
    take(other, tmp_path / "of_taken.parquet", people(5, 73), "synthetic", parent="other:2")
    take(other, tmp_path / "own.parquet", people(5, 74))
    before = every_byte(corpus)
    found = find_descendants(corpus, Selector(batch=kept.first))
    assert every_byte(corpus) == before
    of_studies = {
        ("study", "learner"), ("model", "learner/model/gen=00/lineage=all"),
        ("synthetic", "learner/synthetic/gen=00/lineage=all"),
    }  # fmt: skip
    assert {(each.kind, each.name) for each in found} == of_studies | walk_by_hand(
        [corpus, other], kept.first, "learner"
    )
    assert {each.rows for each in found if each.kind == "synthetic"} == {9}
    assert [each.rows for each in found if each.kind == "study"] == [15]

    withdraw(corpus, Selector(batch=kept.first), **ASKED, erase=True)
    ((withdrawal, marked),) = find_marked(corpus, read_version(corpus.files))
    assert {each.name for each in found} <= {each.name for each in marked}, "also where their bytes are gone"
    with pytest.raises(BadInput, match=f"those that wait for a decision: {withdrawal.version}"):
        decide(corpus, 3, **ASKED)
    decide(corpus, withdrawal.version, reason="run again", by="anna", at=AT)
    assert find_marked(corpus, read_version(corpus.files)) == []
    after = descendants_of_withdrawal(corpus, withdrawal.version)
    assert {each.name for each in marked} < {each.name for each in after}, "the version that decides has some too"
    assert audit(corpus).problems == ()


def test_a_batch_declared_anew_counts_as_if_it_had_been_declared_so_at_once(tmp_path: Path) -> None:
    """Also its pooled evidence and what the guards that accumulate remember; earlier versions keep what was said."""
    batches = {seed: people(30, seed) for seed in (1, 2, 3)}
    changes = {"bound": {"share": 0.05}, "guards": {}}
    wrong, right = (start(tmp_path / name, **changes) for name in ("wrong", "right"))
    ids = {seed: take(wrong, tmp_path / "a.parquet", rows).batch for seed, rows in batches.items()}
    for seed, rows in batches.items():
        take(right, tmp_path / "a.parquet", rows, "synthetic" if seed == 2 else "real")
    claims = {"origin": "synthetic", "generator": "copula"}
    planned = declare(wrong, ids[2], claims, **ASKED, dry_run=True)
    assert read_version(wrong.files).number == 4
    found, wanted = (
        declare(wrong, ids[2], {"origin": "synthetic", "generator": "copula"}, **ASKED),
        read_version(right.files),
    )
    assert planned.counts == found.counts
    assert {*found.counts} == {*wanted.counts}
    assert found.declared_share == wanted.declared_share and found.evidence == wanted.evidence
    assert found.accumulated == wanted.accumulated and found.accumulated is not None
    assert [each.passed for each in found.guards if each.guard == "synthetic_share"] == [False]
    assert found.rows == read_version(wrong.files, 4).rows, "past the bound, and no row is removed"
    shares = query(wrong.store, "select version, avg((origin = 'synthetic')::int) from corpus_people.rows group by all")
    assert dict(shares.iter_rows())[5] == pytest.approx(found.declared_share)
    assert dict(shares.iter_rows())[4] == 0
    assert audit(wrong, from_originals=True).problems == ()
    with pytest.raises(BadInput, match="was declared of it already"):
        declare(wrong, ids[2], {"origin": "synthetic"}, **ASKED)
    with pytest.raises(BadInput, match="licence 'ours' is none of 'licences'"):
        declare(wrong, ids[2], {"licence": "ours"}, **ASKED)
    assert _complete({"origin": "real"}) == {"origin": "real", "depth": 0, "generator": None, "generator_version": None}
    withdraw(wrong, Selector(generator="copula"), **ASKED)
    assert audit(wrong).problems == () and read_version(wrong.files).declared_share == 0
