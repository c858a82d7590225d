"""Renewal: real batches that were admitted become part of the anchor; the holdout is kept apart, and history stays."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.audit.findings import Finding
from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.files import ANCHOR
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.quarantine.decisions import release
from outcross.assets.corpus.renewal.chosen import choose
from outcross.assets.corpus.renewal.old_anchor import describe_old_anchor, find_renewed_since
from outcross.assets.corpus.renewal.parts import divide
from outcross.assets.corpus.renewal.renew import _refuse_few, plan_renewal, renew
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.store import Address
from tests.assets.corpus.drifting import AT, reopen, rows, take


@pytest.fixture
def folder(moved: Path, tmp_path: Path) -> Path:
    """A copy of the moved corpus, for a test to change."""
    shutil.copytree(moved, tmp_path / "own")
    return tmp_path / "own"


def test_a_message_says_that_rows_are_far_from_the_anchor_and_near_the_last_batches(folder: Path) -> None:
    held = take(reopen(folder), folder, rows(150, 20, moved=1.0), "month-3")
    assert held.status == "held"
    (near,) = [each for each in held.explained if "far from the anchor" in each]
    assert "near the 800 rows of the last 2 real batches" in near
    assert "outcross corpus drifting --renew-anchor --last 1 --alone --dry-run" in near
    elsewhere = take(reopen(folder), folder, rows(150, 21, moved=-1.0), "elsewhere")
    assert not any("far from the anchor" in each for each in elsewhere.explained)


def test_what_drifted_passes_after_a_renewal_and_other_drift_is_still_held(folder: Path) -> None:
    held = take(reopen(folder), folder, rows(150, 20, moved=1.0), "month-3")
    corpus = reopen(folder)
    before, old_rows = read_version(corpus.files), corpus.rows.height
    plan = plan_renewal(corpus, last=2, alone=True)
    assert plan.shown.upper <= plan.shown.limit
    assert {each.group for each in plan.bounds if each.guard == "tails" and each.changed} == {"x", "y"}
    assert read_version(corpus.files).number == before.number, "a plan changes nothing"
    version = renew(corpus, plan, reason="prices rose", by="test", at=AT)
    corpus = reopen(folder)
    assert (corpus.rows.height, corpus.holdout.height) == (plan.anchor_rows[1], plan.held)
    assert corpus.reserved.height == plan.holdout_rows[0] + plan.held
    assert version.rows == before.rows - plan.leaving
    assert old_rows != corpus.rows.height
    again = take(corpus, folder, rows(150, 20, moved=1.0), "month-3")
    assert (again.status, again.batch) == ("admitted", held.batch), again.reasons
    assert take(corpus, folder, rows(150, 22, moved=1.0), "month-4").status == "admitted"
    assert take(corpus, folder, rows(150, 23, moved=2.5), "month-5").status == "held"
    found = audit(reopen(folder), from_originals=True)
    assert (found.problems, found.unnamed) == ((), ())


def test_no_row_of_the_holdout_is_in_the_anchor_or_the_corpus_and_none_can_come_again(folder: Path) -> None:
    corpus = reopen(folder)
    renew(corpus, plan_renewal(corpus), reason="grown", by="test", at=AT)
    corpus, version = reopen(folder), read_version(corpus.files)
    aside = corpus.reserved.select("content")
    assert corpus.rows.join(aside, on="content", how="semi").is_empty()
    assert scan_rows(corpus, version).collect().join(aside, on="content", how="semi").is_empty()
    held = corpus.reserved.filter(pl.col("batch_id") != ANCHOR).select("x", "y", "kind")
    sent = take(corpus, folder, pl.concat([held.head(3), rows(60, 30)]), "sent-again")
    assert any("holdout_overlap: 3 rows" in each for each in sent.held_rows), sent.held_rows


def test_the_split_of_a_renewal_is_that_of_the_first_anchor(folder: Path, tmp_path: Path) -> None:
    corpus = reopen(folder)
    renew(corpus, plan_renewal(corpus), reason="grown", by="test", at=AT)
    grown = reopen(folder)
    months = [pl.read_parquet(folder / f"month-{month}.parquet") for month in (1, 2)]
    (tmp_path / "whole").mkdir()
    pl.concat([pl.read_parquet(folder / "anchor.parquet"), *months]).write_parquet(
        tmp_path / "whole" / "anchor.parquet"
    )
    whole = reopen(tmp_path / "whole")
    assert set(whole.rows["content"]) == set(grown.rows["content"])
    assert set(whole.holdout["content"]) == set(grown.holdout["content"])


def test_a_batch_with_undeclared_rows_cannot_become_the_anchor(folder: Path) -> None:
    corpus = reopen(folder)
    mixed = pl.concat([rows(140, 40, moved=1.0), rows(60, 41, made=True)])
    sent = take(corpus, folder, mixed, "mixed")
    release(corpus, sent.batch, positions=None, reason="overruled", by="test", at=AT)
    for chosen in ({"batches": [sent.batch]}, {"last": 1}, {}):
        with pytest.raises(BadInput, match=r"not shown to lie below 5.0%.*batch"):
            plan_renewal(corpus, **chosen)
    version = read_version(corpus.files)
    assert version.anchor is None


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"batches": ["nowhere"]}, "has no admitted row"),
        ({"batches": ["MADE"]}, "150 of its 150 rows are declared synthetic"),
        ({"batches": ["MADE"], "last": 1}, "give one of them"),
    ],
)
def test_batches_that_cannot_be_chosen_are_refused_with_the_reason(
    moved: Path, chosen: dict[str, object], said: str
) -> None:
    corpus = reopen(moved)
    made = read_version(corpus.files, 2).batch
    if "batches" in chosen:
        chosen = chosen | {"batches": [str(made) if each == "MADE" else each for each in chosen["batches"]]}  # type: ignore[attr-defined]
    with pytest.raises(BadInput, match=said):
        plan_renewal(corpus, **chosen)  # type: ignore[arg-type]


def test_a_plan_for_an_older_version_and_a_renewal_without_a_reason_are_refused(folder: Path) -> None:
    corpus = reopen(folder)
    plan = plan_renewal(corpus)
    with pytest.raises(BadInput, match="needs a reason"):
        renew(corpus, plan, reason=" ", by="test", at=AT)
    renew(corpus, plan, reason="once", by="test", at=AT)
    with pytest.raises(BadInput, match="plan again"):
        renew(corpus, plan, reason="twice", by="test", at=AT)
    with pytest.raises(BadInput, match="is in the anchor"):
        plan_renewal(reopen(folder), batches=list(plan.batches))


def test_without_a_known_generator_nothing_shows_that_rows_are_real(tmp_path: Path) -> None:
    rows(300, 0).write_parquet(tmp_path / "anchor.parquet")
    corpus = reopen(tmp_path)
    assert take(corpus, tmp_path, rows(100, 1), "real").status == "admitted"
    with pytest.raises(BadInput, match=r"no generator is known.*name a study of such rows under 'known'"):
        plan_renewal(corpus)


def test_killed_at_any_write_a_renewal_is_done_whole_or_not_at_all(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = reopen(folder)
    plan, before = plan_renewal(corpus), read_version(corpus.files)
    writes = ("put", "create", "put_new")

    class Killed(BaseException):
        """The process is gone."""

    def kill_at(place: int) -> None:
        left = [place]

        def stopping(write: Callable[..., Any]) -> Callable[..., Any]:
            def stop(*args: Any, **keywords: Any) -> Any:
                left[0] -= 1
                if left[0] < 0:
                    raise Killed
                return write(*args, **keywords)

            return stop

        with monkeypatch.context() as patch:
            for name in writes:
                patch.setattr(CorpusStore, name, stopping(getattr(CorpusStore, name)))
            renew(corpus, plan, reason="grown", by="test", at=AT)

    for place in range(20):
        try:
            kill_at(place)
        except Killed:
            assert read_version(corpus.files) == before
            assert reopen(folder).renewed is None
            assert audit(reopen(folder)).problems == ()
        else:
            break
    assert place > 4, "rows, holdout, profile, rows that leave, and the version"
    after = audit(reopen(folder))
    assert (after.problems, after.unnamed) == ((), ())


def test_a_study_that_rests_on_the_old_anchor_says_so(folder: Path) -> None:
    corpus = reopen(folder)
    study = Address(study="census", thing="anchor")
    held = corpus.holdout.select(row_id="content")
    corpus.store.write(study, corpus.rows.select(row_id="content"), provenance={})
    corpus.store.write(Address(study="census", thing="holdout"), held, provenance={})
    assert list(find_renewed_since(corpus.store, "census")) == []
    version = renew(corpus, plan_renewal(corpus), reason="grown", by="test", at=AT)
    (said,) = find_renewed_since(corpus.store, "census")
    assert f"rests on the anchor that corpus 'drifting' had before version {version.number}" in said
    assert describe_old_anchor(corpus.store, "census", corpus.files, version) == said
    grown = reopen(folder)
    corpus.store.write(study, grown.rows.select(row_id="content"), provenance={})
    assert list(find_renewed_since(corpus.store, "census")) == []
    assert describe_old_anchor(corpus.store, "nowhere", corpus.files, version) is None


@pytest.mark.parametrize(
    ("finding", "file", "damage"),
    [
        (
            Finding.ANCHOR_ELSEWHERE,
            "rows.parquet",
            lambda rows: rows.with_columns(position=pl.col("position") + 10**6),
        ),
        (Finding.ANCHOR_SIZE, "rows.parquet", lambda rows: rows.head(100)),
        (Finding.ANCHOR_SET_ASIDE, "holdout.parquet", lambda rows: rows),
    ],
)
def test_an_audit_finds_a_renewed_anchor_that_is_not_what_was_written(
    folder: Path, finding: Finding, file: str, damage: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    corpus = reopen(folder)
    renew(corpus, plan_renewal(corpus), reason="grown", by="test", at=AT)
    anchor = read_version(corpus.files).anchor
    assert anchor is not None
    path = Path(corpus.files.location(f"{anchor.folder}/{file}"))
    rows_of = pl.read_parquet(path)
    if file == "holdout.parquet":  # with rows of the anchor among them
        other = pl.read_parquet(path.with_name("rows.parquet")).head(3)
        rows_of = pl.concat([rows_of, other.with_columns(is_current=True).select(rows_of.columns)])
    damage(rows_of).write_parquet(path)
    problems = audit(reopen(folder)).problems
    words = max(re.split(r"\{[^}]*\}", finding.value), key=len).partition(";")[0]
    assert any(words in each for each in problems), (words, problems)
    assert any("has other bytes than version" in each for each in problems)


def test_with_an_entity_no_patient_is_on_both_sides_of_a_renewed_split(tmp_path: Path) -> None:
    def visits(first: int, patients: int) -> pl.DataFrame:
        return rows(3 * patients, first).with_columns(patient=pl.format("p{}", first + pl.int_range(pl.len()) // 3))

    visits(0, 60).write_parquet(tmp_path / "anchor.parquet")
    corpus = reopen(tmp_path, entity="patient")
    anchored, held = (set(each["patient"]) for each in (corpus.rows, corpus.reserved))
    for name, batch in (("first", visits(100, 30)), ("second", visits(115, 30))):  # 15 patients are in both
        assert take(corpus, tmp_path, batch.filter(~pl.col("patient").is_in(held)), name).status == "admitted"
    version = read_version(corpus.files)
    parts = divide(corpus, version, choose(corpus, version, last=1).rows, alone=False)
    aside = set(parts.reserved["patient"]) - held
    assert aside and not aside & set(parts.rows["patient"]) and anchored <= set(parts.rows["patient"])
    corpus_rows = scan_rows(corpus, version).filter(pl.col("patient").is_in(aside)).collect()
    assert parts.left_out.height == corpus_rows.height > parts.held, "their rows in the other batch leave, too"


@pytest.mark.parametrize(
    ("rows", "sides", "alone", "said"),
    [
        (49, (400, 400), False, "the batches have 49 rows, and a renewal needs 50"),
        (50, (0, 0), False, None),
        (50, (100, 100), True, None),
        (150, (99, 100), True, "an anchor of 99 and a holdout of 100; each needs 100"),
        (150, (100, 99), True, "an anchor of 100 and a holdout of 99; each needs 100"),
        (150, (99, 99), False, None),
    ],
)
def test_batches_that_are_too_few_to_look_into_or_to_be_an_anchor_alone_are_refused(
    rows: int, sides: tuple[int, int], alone: bool, said: str | None
) -> None:
    corpus: Any = SimpleNamespace(name="people")
    if said is None:
        _refuse_few(corpus, rows, *sides, alone=alone, more="name more of them")
    else:
        with pytest.raises(BadInput, match=said):
            _refuse_few(corpus, rows, *sides, alone=alone, more="name more of them")


def test_with_a_time_the_latest_rows_of_the_batches_are_set_aside(tmp_path: Path) -> None:
    def days(first: int, seed: int) -> pl.DataFrame:
        return rows(100, seed).with_columns(day=first + pl.int_range(pl.len()) // 4)

    days(0, 0).write_parquet(tmp_path / "anchor.parquet")
    corpus = reopen(tmp_path, time="day", guards={})
    for name, first in (("first", 25), ("second", 50)):
        assert take(corpus, tmp_path, days(first, 1 + first), name).status == "admitted"
    version = read_version(corpus.files)
    parts = divide(corpus, version, choose(corpus, version).rows, alone=False)
    joined, aside = (each.filter(pl.col("batch_id") != ANCHOR)["day"] for each in (parts.rows, parts.reserved))
    assert (aside.len(), joined.len()) == (60, 140) and aside.min() > joined.max()
    assert parts.left_out.height == 60

    unstored = {"day": "ignore", "kind": "label"}
    source = {"kind": "files", "path": str(tmp_path / "anchor.parquet"), "columns": unstored}
    other = reopen(tmp_path, corpus="unstored", time="day", anchor=source, guards={})
    assert take(other, tmp_path, days(25, 26), "first").status == "admitted"
    version = read_version(other.files)
    with pytest.raises(BadInput, match=r"a column that its rows are stored without.*outcross take unstored"):
        divide(other, version, choose(other, version).rows, alone=False)
