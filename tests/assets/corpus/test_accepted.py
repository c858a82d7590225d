"""Accepted changes: one lasting change counts as normal, and guards bite on all the rest."""

import dataclasses
import shutil
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.accepted.accept import accept
from outcross.assets.corpus.accepted.as_before import _mask
from outcross.assets.corpus.accepted.checked import anchor_range
from outcross.assets.corpus.accepted.stated import _end, parse_change
from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.ledger.accepted_change import ChangeKind
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role
from tests.assets.corpus.drifting import AT, reopen, rows, take

GIG = pl.when(pl.int_range(pl.len()) % 8 == 0).then(pl.lit("gig")).otherwise("kind").alias("kind")
OTHER = pl.when(pl.int_range(pl.len()) % 8 == 1).then(pl.lit("other")).otherwise("kind").alias("kind")
FAR = pl.when(pl.int_range(pl.len()) % 8 == 0).then(pl.col("x") + 30).otherwise("x").alias("x")
FARTHER = pl.when(pl.int_range(pl.len()) % 8 == 0).then(pl.col("x") + 300).otherwise("x").alias("x")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with two clean weeks, after which the limits of guards that accumulate are simulated."""
    folder = tmp_path_factory.mktemp("accepted")
    rows(500, 0).write_parquet(folder / "anchor.parquet")
    corpus = reopen(folder)
    for week in (5, 6):
        assert take(corpus, folder, rows(160, week), f"clean-{week}").status == "admitted"
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    shutil.copytree(begun, tmp_path / "own")
    return tmp_path / "own"


def accepting(corpus: OpenCorpus, kind: ChangeKind, change: str) -> Version:
    return accept(corpus, parse_change(kind, change, corpus, reason="it is so now", by="test", at=AT))


@pytest.mark.parametrize(
    ("kind", "change", "changed", "still"),
    [
        ("level", "kind=gig", (GIG,), (GIG, OTHER)),
        ("range", "x=0..60", (FAR,), (FARTHER,)),
        ("unit", "y=100", (pl.col("y") * 100,), (pl.col("y") * 3,)),
        ("absent", "kind", (), (pl.col("x") + 1,)),
    ],
)
def test_a_held_week_passes_when_it_is_sent_again_and_another_change_is_still_held(
    folder: Path, kind: ChangeKind, change: str, changed: tuple[pl.Expr, ...], still: tuple[pl.Expr, ...]
) -> None:
    corpus, week = reopen(folder), rows(160, 7).with_columns(changed)
    week = week.drop("kind") if kind == "absent" else week
    before = take(corpus, folder, week, "week")
    assert before.rows_admitted < 160, before
    accepting(corpus, kind, change)
    corpus = reopen(folder)
    after = take(corpus, folder, week, "week")
    waited = before.rows_quarantined or 160  # rows far outside the range were held one by one; a lacking column refuses
    assert (after.status, after.rows_admitted) == ("admitted", waited), after.reasons
    assert take(corpus, folder, week, "week").status == "known"
    assert take(corpus, folder, rows(160, 8).with_columns(changed), "next").status == "admitted"
    further = rows(160, 9)
    for each in still:
        further = further.with_columns(each)
    other = take(corpus, folder, further, "other")
    assert other.rows_admitted < 160
    found = audit(reopen(folder), from_originals=True)
    assert found.problems == ()


def test_values_are_stored_as_they_came_but_for_the_unit(folder: Path) -> None:
    corpus = reopen(folder)
    for kind, change in (("level", "kind=gig"), ("unit", "y=100")):
        accepting(corpus, kind, change)  # type: ignore[arg-type]
    sent = rows(160, 7).with_columns(GIG, pl.col("y") * 100)
    week = take(reopen(folder), folder, sent, "week")
    assert week.status == "admitted"
    stored = scan_rows(corpus, read_version(corpus.files)).filter(pl.col("batch_id") == week.batch).collect()
    assert stored["kind"].to_list() == sent["kind"].to_list()
    assert stored["y"].to_list() == (sent["y"] / 100).to_list()


def test_the_corpus_file_accepts_levels_and_the_ledger_dates_it(folder: Path) -> None:
    corpus = reopen(folder, accept={"kind": ["gig"]})
    assert take(corpus, folder, rows(160, 7).with_columns(GIG), "week").status == "admitted"
    (change,) = read_version(corpus.files).accepted
    assert (change.describe(), change.source, change.at) == ("level kind=gig", "corpus file", AT)
    corpus = reopen(folder)
    assert take(corpus, folder, rows(160, 8).with_columns(GIG), "next").status == "held"
    assert read_version(corpus.files).accepted == ()


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("level", "kind", "COLUMN=VALUE"),
        ("level", "knid=gig", "did you mean 'kind'"),
        ("level", "kind=a", "the anchor has this level already"),
        ("level", "x=1", "has no levels"),
        ("range", "x=5..1", "LOW has to be below HIGH"),
        ("range", "x=-1..1", "reaches from"),
        ("range", "x=low..1", "is no number"),
        ("range", "x=5", "LOW..HIGH"),
        *(("unit", f"x={factor}", "FACTOR has to be") for factor in ("1", "0", "-2", "inf", "-inf", "nan")),
        ("unit", "kind=2", "has no numbers"),
    ],
)
def test_what_is_no_change_is_refused_with_the_reason(begun: Path, kind: ChangeKind, change: str, said: str) -> None:
    corpus = reopen(begun)
    with pytest.raises(BadInput, match=said):
        accepting(corpus, kind, change)
    assert read_version(corpus.files).action == "ingest"


def test_a_change_is_accepted_once_and_with_a_reason(folder: Path) -> None:
    corpus = reopen(folder)
    change = parse_change("level", "kind=gig", corpus, reason="", by="test", at=AT)
    with pytest.raises(BadInput, match="needs a reason"):
        accept(corpus, change)
    accepting(corpus, "level", "kind=gig")
    with pytest.raises(BadInput, match="already"):
        accept(corpus, dataclasses.replace(change, reason="twice"))


SINCE = Column(name="since", role=Role.NUMERIC, integer=True, kind="date", unit="d", source="Since")


@pytest.mark.parametrize(("end", "days"), [("1970-01-11", 10.0), ("1969-12-31", -1.0)])
def test_an_end_of_a_range_of_dates_is_read_as_the_column_is(end: str, days: float) -> None:
    assert _end(end, SINCE, f"Since={end}..{end}") == days


@pytest.mark.parametrize("end", ["soon", "1970-13-01", "", "3.5"])
def test_an_end_that_is_no_date_is_refused_by_the_name_of_the_column(end: str) -> None:
    with pytest.raises(BadInput, match=r"'Since=.*': column 'Since' .*; write it as in the anchor's file"):
        _end(end, SINCE, f"Since={end}..{end}")


def test_values_of_an_accepted_range_are_set_aside_where_the_anchor_has_none_like_them(begun: Path) -> None:
    corpus = reopen(begun)
    change = parse_change("range", "x=0..60", corpus, reason="x", by="test", at=AT)
    (column,) = (each for each in corpus.schema.numeric if each.name == "x")
    least, largest = anchor_range(corpus, column)
    values = pl.DataFrame({"x": [-30.0, least, 0.5, largest, largest + 1, 60.0, 61.0, None]})
    found = values.select(_mask(change, column, corpus)).to_series().to_list()
    assert found == [False, False, False, False, True, True, False, False]
