"""Rows that a renewed anchor holds copies of are erased there as well; what stands in the first anchor is named."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.files import ANCHOR
from outcross.assets.corpus.ledger.erasing import is_unfinished
from outcross.assets.corpus.ledger.ledger import extend, read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.renewal.renew import plan_renewal, renew
from outcross.assets.corpus.withdrawal.selection import Selector
from outcross.assets.corpus.withdrawal.studies import find_withdrawn_from
from outcross.assets.corpus.withdrawal.withdraw import plan_withdrawal, withdraw
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.store import Address
from tests.assets.corpus import people as persons
from tests.assets.corpus.custody import ASKED, traces
from tests.assets.corpus.drifting import AT, reopen, rows, take


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def renewed(moved: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus whose anchor was renewed twice: with the second month, then with both alone."""
    folder = tmp_path_factory.mktemp("renewed") / "own"
    shutil.copytree(moved, folder)
    for how in ({"last": 1}, {"last": 2, "alone": True}):
        corpus = reopen(folder)
        renew(corpus, plan_renewal(corpus, **how), reason="grown", by="test", at=AT)  # type: ignore[arg-type]
    return folder


@pytest.fixture
def folder(renewed: Path, tmp_path: Path) -> Path:
    shutil.copytree(renewed, tmp_path / "own")
    return tmp_path / "own"


def month(number: int) -> pl.DataFrame:
    return rows(400, 10 + number, moved=1.0)


def asked(folder: Path, found: pl.DataFrame) -> Selector:
    found.write_parquet(folder.parent / "asked.parquet")
    return Selector(rows=folder.parent / "asked.parquet")


def left(corpus: OpenCorpus, found: pl.DataFrame) -> list[str]:
    """Return the files of a corpus that have rows of these: in their bytes, or in cells of a table."""
    return traces(Path(corpus.store.path), found.rename({"x": "wage"}))


def test_erased_rows_leave_every_anchor_and_the_audit_proves_the_rest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, gone = reopen(folder), pl.concat([month(1)[:12], month(2)[:12]])
    before, head = read_version(corpus.files), audit(corpus).head
    assert before.anchor is not None and before.anchor.alone
    study = Address(study="census", thing="anchor")
    corpus.store.write(study, corpus.rows.select(row_id="content"), provenance={})
    corpus.store.write(Address(study="census", thing="holdout"), corpus.holdout.select(row_id="content"), provenance={})
    named = {path.rpartition("/")[0] for path in left(corpus, gone) if "/anchor/" in path}
    assert len(named) == 2, "both renewed anchors"
    assert plan_withdrawal(corpus, asked(folder, gone), erase=True).in_anchors == 24

    def stop(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(CorpusStore, "remove", stop)  # the first removal comes after the version
        withdraw(corpus, asked(folder, gone), **ASKED, erase=True)
    version = read_version(corpus.files)
    assert version.number == before.number + 1 and is_unfinished(corpus.files, version)
    extend(corpus.files, lambda _: None)  # as any command does that writes to the corpus
    assert left(corpus, gone) == []

    corpus = reopen(folder)
    assert version.anchor is not None and version.anchor.version == version.number
    lost = before.anchor.rows - version.anchor.rows, before.anchor.holdout - version.anchor.holdout
    assert sum(lost) == 24 and min(lost) > 0 and corpus.rows.height == version.anchor.rows
    seen = audit(corpus, head=head)
    assert (seen.problems, seen.unnamed, seen.kept) == ((), (), before.number)
    (said,) = [each for each in seen.limits if each.startswith("anchors: 24 erased rows")]
    assert f"that version {before.number - 1}, {before.number} made" in said
    (told,) = find_withdrawn_from(corpus.store, "census")
    assert f"rests on 24 rows that version {version.number} of corpus 'drifting' withdrew (asked), and erased" in told
    assert take(corpus, folder, rows(150, 31, moved=1.0), "month-3").status == "admitted"
    with pytest.raises(BadInput, match="no row of the rows of file"):
        plan_withdrawal(corpus, asked(folder, gone), erase=True)

    withdraw(reopen(folder), asked(folder, pl.concat([month(1), month(2)])), **ASKED, erase=True)
    corpus = reopen(folder)
    assert set(corpus.rows["batch_id"]) == {ANCHOR}, "too few are left to compare with alone"
    assert left(corpus, pl.concat([month(1), month(2)])) == [] and audit(corpus).problems == ()


def test_rows_of_an_anchor_that_are_withdrawn_and_not_erased_count_no_more(folder: Path) -> None:
    corpus = reopen(folder)
    batch = read_version(corpus.files).parts[-1].batch
    version = withdraw(corpus, Selector(batch=batch), **ASKED)
    assert version.evidence is not None and version.anchor is not None
    in_corpus = corpus.rows.filter(pl.col("batch_id") != batch).height
    assert version.evidence.released == in_corpus < version.anchor.taken
    assert take(reopen(folder), folder, rows(150, 32, moved=1.0), "month-3").status == "admitted"
    assert audit(reopen(folder)).problems == ()


def test_rows_of_the_first_anchor_are_named_with_a_way_that_takes_them_out(tmp_path: Path) -> None:
    corpus = persons.start(tmp_path / "people")
    batch = persons.people(10, 1)
    persons.take(corpus, tmp_path / "march.parquet", batch)
    whole = persons.people(400, 0)
    first, aside = (each.select(whole.columns).cast(dict(whole.schema))[7:8] for each in (corpus.rows, corpus.holdout))  # type: ignore[arg-type]
    gone = pl.concat([persons.people(1, 99), aside, first])
    gone.write_parquet(tmp_path / "asked.parquet")
    with pytest.raises(BadInput) as refused:
        withdraw(corpus, Selector(rows=tmp_path / "asked.parquet"), **ASKED, erase=True)
    said = str(refused.value)
    assert "row 2 of file 'asked.parquet' is row 7 of the anchor (anchor/rows.parquet)" in said
    assert "row 1 of file 'asked.parquet' is row 7 of the holdout (anchor/holdout.parquet)" in said
    assert said.endswith(
        f"start a corpus of another name from it, ingest its batches again, and delete {corpus.files.url}"
    )

    whole.join(gone, on="wage", how="anti").write_parquet(tmp_path / "rest.parquet")
    source = {"kind": "files", "path": str(tmp_path / "rest.parquet"), "columns": persons.ROLES}
    other = persons.start(tmp_path / "people", corpus="other", anchor=source)
    assert persons.take(other, tmp_path / "march.parquet", batch).rows_admitted == 10
    shutil.rmtree(corpus.files.url)
    assert traces(tmp_path / "people" / "data", gone) == [] and audit(other).problems == ()
