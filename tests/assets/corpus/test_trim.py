"""A trim brings a corpus back to its bound with the fewest rows, deepest and closest first; nothing is deleted."""

import dataclasses
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.bound_in_rows import keeps_bound, not_real, rows_to_leave_out
from outcross.assets.corpus.contents import scan_contents, scan_left_out, scan_rows
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.quarantine import list_quarantine, release
from outcross.assets.corpus.trim import trim as trim_module
from outcross.assets.corpus.trim.trim import Plan, apply, plan
from outcross.resources.errors import BadInput
from tests.assets.corpus import deciders
from tests.assets.corpus.people import AT, every_byte, people, reopen, start, take
from tests.jobs.command_server import run_forked

DECIDERS = f"{deciders.__name__}:decide"
ASKED = {"reason": "too much", "by": "anna", "at": AT}


def fill(folder: Path) -> OpenCorpus:
    """A corpus with 60 synthetic rows of depth 2 and 40 of depth 1, ten of these near copies of real rows."""
    corpus = start(folder / "people")
    near = corpus.rows.select(people(1, 0).columns).head(10).with_columns(pl.col("wage") * 1.0001)
    take(corpus, folder / "shallow.parquet", pl.concat([people(30, 2), near]), "synthetic")
    take(corpus, folder / "deep.parquet", people(60, 3), "synthetic", depth=2)
    assert read_version(corpus.files).rows == corpus.rows.height + 100
    return corpus


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with that corpus, which no test may change."""
    folder = tmp_path_factory.mktemp("filled")
    fill(folder)
    return folder


@pytest.fixture
def corpus(filled: Path, tmp_path: Path) -> OpenCorpus:
    """A copy of it."""
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    return reopen(tmp_path / "people")


def chosen(corpus: OpenCorpus, found: Plan) -> pl.DataFrame:
    """Read the rows that a plan leaves out, with all columns."""
    rows = scan_rows(corpus, read_version(corpus.files, found.version))
    return rows.join(found.chosen.lazy(), on=["batch_id", "position"], how="semi").collect()


def test_nothing_is_left_out_of_a_corpus_within_its_bound(corpus: OpenCorpus) -> None:
    found = plan(corpus)
    assert (found.leave_out, found.real_rows, found.chosen.height) == (0, 0, 0)
    assert found.after == found.before
    with pytest.raises(BadInput, match="nothing to leave out"):
        apply(corpus, found, **ASKED)


def test_the_deepest_rows_are_left_out_first_and_no_more_than_needed(corpus: OpenCorpus) -> None:
    found = plan(corpus, share=0.2)
    rows = corpus.rows.height + 100
    out = found.leave_out
    assert (100 - out) / (rows - out) <= 0.2 < (101 - out) / (rows + 1 - out)
    assert 100 / (rows + found.real_rows) <= 0.2 < 100 / (rows + found.real_rows - 1)  # type: ignore[operator]
    assert out < 60
    assert chosen(corpus, found)["depth"].to_list() == [2] * out
    assert (found.before.by_depth[2], found.after.by_depth[2]) == (60, 60 - out)
    assert found.after.share <= 0.2 < found.before.share


def test_of_equally_deep_rows_the_closest_to_others_are_left_out_first(corpus: OpenCorpus) -> None:
    rows = corpus.rows.height
    kept = 100 - 60 - 10
    found = plan(corpus, share=kept / (rows + kept) + 1e-9)
    assert found.leave_out == 70
    out = chosen(corpus, found)
    assert out.filter(pl.col("depth") == 1)["position"].to_list() == list(range(30, 40))
    assert found.before.distance is not None and found.after.distance is not None
    assert found.after.distance > found.before.distance


def test_rows_of_unknown_origin_count_as_synthetic_and_of_unknown_depth_as_shallow(tmp_path: Path) -> None:
    corpus = start(tmp_path / "people")
    take(corpus, tmp_path / "unknown.parquet", people(20, 4), "real", origin="unknown", depth=None, consent=None)
    take(corpus, tmp_path / "deep.parquet", people(20, 5), "synthetic", depth=3)
    before = read_version(corpus.files)
    assert not_real(before.counts) == 40
    found = plan(corpus, share=0.02)
    out = chosen(corpus, found)
    assert out.filter(pl.col("depth") == 3).height == 20
    assert set(out["origin"]) == {"unknown", "synthetic"}
    version = apply(corpus, found, **ASKED)
    assert keeps_bound(not_real(version.counts), version.rows, 0.02)


def test_a_trim_is_a_version_and_every_version_reads_back_exactly(corpus: OpenCorpus) -> None:
    versions = [read_version(corpus.files, number) for number in numbers(corpus.files)]
    before = [scan_rows(corpus, version).collect() for version in versions]
    bytes_before = every_byte(corpus)
    found = plan(corpus, share=0.1)
    version = apply(corpus, found, **ASKED)
    assert (version.action, version.rows_in, version.rows_admitted, version.batch) == ("trim", 0, 0, None)
    assert version.reason.startswith(f"too much ({found.leave_out} rows left out to reach 10.0%; the deepest rows")
    assert version.rows == versions[-1].rows - found.leave_out
    rows = scan_rows(corpus, version).collect()
    assert rows.height == version.rows
    assert rows.columns[:3] == ["batch_id", "position", "content"]
    gone = before[-1].join(rows, on=["batch_id", "position"], how="anti")
    assert gone.select("batch_id", "position", "content").sort("batch_id", "position").equals(found.chosen)
    assert scan_left_out(corpus, version).collect().equals(found.chosen)
    assert bytes_before.items() <= every_byte(corpus).items()
    for earlier, kept in zip(versions, before, strict=True):
        assert scan_rows(corpus, earlier).collect().equals(kept)
    assert scan_rows(corpus, version, ["wage", "origin"]).collect().equals(rows.select("wage", "origin"))
    assert audit(corpus).problems == ()


def test_the_counts_before_and_after_are_those_of_the_rows(corpus: OpenCorpus) -> None:
    found = plan(corpus, share=0.05)
    version = apply(corpus, found, **ASKED)
    rows = scan_rows(corpus, version).collect()
    assert found.after.by_origin == dict(rows.group_by("origin").len().iter_rows())
    assert found.after.by_depth == dict(rows.group_by("depth").len().iter_rows())
    assert (found.after.rows, found.after.not_real) == (rows.height, rows.filter(pl.col("origin") != "real").height)
    assert found.after.repeated == 1 - rows["content"].n_unique() / rows.height


def test_repeated_rows_are_left_out_before_others(tmp_path: Path) -> None:
    corpus = start(tmp_path / "people", guards={})
    new = people(20, 6)
    take(corpus, tmp_path / "twice.parquet", pl.concat([new, new.head(5)]), "synthetic")
    assert read_version(corpus.files).rows == corpus.rows.height + 25
    found = plan(corpus, share=20 / (corpus.rows.height + 20) + 1e-9)
    out = chosen(corpus, found)
    assert (found.leave_out, out["content"].n_unique()) == (5, 5)
    assert set(out["content"]) == set(scan_rows(corpus, read_version(corpus.files)).filter(
        pl.col("position").is_between(20, 24), pl.col("origin") == "synthetic").collect()["content"])  # fmt: skip
    assert found.before.repeated > found.after.repeated == 0


def test_texts_have_no_distance_and_are_left_out_too(tmp_path: Path) -> None:
    text = {"kind": "files", "path": str(tmp_path / "text.parquet"), "columns": {"work": "text"}}
    words = pl.DataFrame({"work": [f"a sentence about the number {number}" for number in range(200)]})
    words.write_parquet(tmp_path / "text.parquet")
    corpus = start(tmp_path / "people", anchor=text)
    new = pl.DataFrame({"work": [f"one about {number}, made up" for number in range(40)]})
    take(corpus, tmp_path / "new.parquet", new, "synthetic")
    found = plan(corpus, share=0.1)
    assert found.how == "the deepest rows, and any of the equally deep ones"
    assert found.before.distance is None
    assert apply(corpus, found, **ASKED).declared_share <= 0.1


def test_where_too_many_rows_are_equally_deep_the_closest_measured_rows_are_left_out(
    corpus: OpenCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outcross.assets.corpus.trim.trim.MEASURED", 30)
    found = plan(corpus, share=0.15)
    assert found.how.endswith("(distances measured for 30 rows)")
    assert found.leave_out == found.chosen.height == found.chosen.n_unique()
    assert chosen(corpus, found)["depth"].to_list() == [2] * found.leave_out


def test_the_same_corpus_gives_the_same_plan(corpus: OpenCorpus) -> None:
    first, second = plan(corpus, share=0.1), plan(corpus, share=0.1)
    assert first == second
    assert first.chosen.equals(second.chosen)


def test_rows_that_are_only_estimated_to_be_synthetic_cannot_be_left_out(
    corpus: OpenCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outcross.assets.corpus.trim.trim.at_least_synthetic", lambda _: 150)
    rows = corpus.rows.height + 100
    found = plan(corpus, share=0.1)
    assert (found.leave_out, found.lacking) == (100, rows_to_leave_out(150, rows, 0.1) - 100)
    assert found.lacking > 0
    real = start(tmp_path / "real")
    bare = plan(real, share=0.1)
    assert bare.leave_out == 0 and bare.lacking > 0
    with pytest.raises(BadInput, match="only estimated to be synthetic, so there is nothing to leave out"):
        apply(real, bare, **ASKED)


@pytest.mark.parametrize("share", [-0.1, 0.31, 1.5, float("nan")])
def test_a_share_outside_0_to_the_bound_is_refused(corpus: OpenCorpus, share: float) -> None:
    with pytest.raises(BadInput, match=r"between 0 and the bound of 0\.3"):
        plan(corpus, share=share)


def test_a_share_of_0_leaves_every_synthetic_row_out_and_no_number_of_real_rows_reaches_it(corpus: OpenCorpus) -> None:
    found = plan(corpus, share=0)
    assert (found.leave_out, found.real_rows) == (100, None)
    assert apply(corpus, found, **ASKED).rows == corpus.rows.height


def test_a_plan_is_for_one_version(corpus: OpenCorpus, tmp_path: Path) -> None:
    found = plan(corpus, share=0.1)
    take(corpus, tmp_path / "more.parquet", people(5, 7))
    before = every_byte(corpus)
    with pytest.raises(BadInput, match="has a newer version than 3"):
        apply(corpus, found, **ASKED)
    with pytest.raises(BadInput, match="needs a reason"):
        apply(corpus, found, reason=" ", by="anna", at=AT)
    assert every_byte(corpus) == before


def test_a_second_trim_leaves_out_more(corpus: OpenCorpus) -> None:
    apply(corpus, plan(corpus, share=0.2), **ASKED)
    version = apply(corpus, plan(corpus, share=0.1), **ASKED)
    assert len(version.left_out) == 2
    assert scan_rows(corpus, version).collect().height == version.rows
    assert audit(corpus).problems == ()


def test_rows_left_out_may_be_sent_again_and_others_may_not(corpus: OpenCorpus, tmp_path: Path) -> None:
    deep = people(60, 3)
    version = apply(corpus, plan(corpus, share=0.2), **ASKED)
    assert scan_contents(corpus, version).collect().height == version.rows - corpus.rows.height
    gone = scan_left_out(corpus, version).collect()["position"]
    again = take(corpus, tmp_path / "again.parquet", deep[::-1], "synthetic", depth=2)
    assert (again.rows_admitted, again.rows_quarantined) == (gone.len(), 60 - gone.len())
    assert list_quarantine(corpus)[0].reasons == {"duplicates": 60 - gone.len()}


def test_a_trim_killed_at_any_write_changes_nothing(tmp_path: Path) -> None:
    corpus = fill(tmp_path)
    for write in (1, 2):
        words = ["trim", str(tmp_path / "people"), "-", str(write)]
        done = run_forked(words, folder=tmp_path, environment=os.environ, program=DECIDERS)
        assert done.returncode == -signal.SIGKILL
        assert numbers(corpus.files) == [1, 2, 3]
        assert audit(corpus).problems == ()
    assert apply(corpus, plan(corpus, share=0.1), **ASKED).number == 4


def test_rows_released_after_a_trim_are_read_back(corpus: OpenCorpus, tmp_path: Path) -> None:
    apply(corpus, plan(corpus, share=0.1), **ASKED)
    held = take(corpus, tmp_path / "held.parquet", people(4, 8), licence="ours")
    version = release(corpus, held.batch, positions=[1, 3], **ASKED)
    rows = scan_rows(corpus, version).collect()
    assert rows.height == version.rows
    assert rows.filter(pl.col("batch_id") == held.batch)["position"].to_list() == [1, 3]
    assert dataclasses.asdict(version)["left_out"]


def test_where_whole_depths_are_left_out_no_row_is_chosen_among_equally_deep_ones(corpus: OpenCorpus) -> None:
    found = plan(corpus, share=0.0)
    assert (found.leave_out, found.how) == (100, "the deepest rows")


def test_rows_that_were_not_measured_are_spread_among_those_that_were(
    corpus: OpenCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outcross.assets.corpus.trim.trim.MEASURED", 30)
    measured, rank = set[tuple[str, int]](), trim_module.distances_to_others

    def watch(values: pl.DataFrame, *others: Any) -> Any:
        measured.update(values.select("batch_id", "position").iter_rows())
        return rank(values, *others)

    monkeypatch.setattr("outcross.assets.corpus.trim.trim.distances_to_others", watch)
    found = plan(corpus, share=0.17)
    among = sum(each in measured for each in found.chosen.select("batch_id", "position").iter_rows())
    assert found.leave_out > 20 and 0.25 < among / found.leave_out < 0.75, "30 of 60 are measured"
