"""Rows in quarantine are listed; a decision about them is a version or nothing, and no row is lost."""

import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.quarantine import (
    find_rows_of_guards,
    list_quarantine,
    list_refused_files,
    read_quarantine,
    reject,
    release,
)
from outcross.assets.corpus.quarantine.rows import name_batch
from outcross.resources.errors import BadInput, Damaged
from tests.assets.corpus import deciders
from tests.assets.corpus.deciders import EACH
from tests.assets.corpus.people import AT, CLAIMS, every_byte, mixed, part_rows, people, reopen, start, take
from tests.jobs.command_server import ForkedCommand, run_forked

DECIDERS = f"{deciders.__name__}:decide"
ASKED = {"reason": "looked at", "by": "anna", "at": AT}


@pytest.fixture
def corpus(tmp_path: Path) -> OpenCorpus:
    return start(tmp_path / "people")


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A folder with a corpus that has rows of a batch in quarantine, which no test may change; and the outcome."""
    folder = tmp_path_factory.mktemp("march")
    corpus = start(folder / "people")
    found = take(corpus, folder / "march.parquet", mixed(corpus))
    assert (found.rows_admitted, found.rows_quarantined) == (20, 12)
    return folder, found


@pytest.fixture
def held(corpus: OpenCorpus, march: tuple[Path, Outcome], tmp_path: Path) -> Outcome:
    folder, found = march
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return found


def test_rows_in_quarantine_are_listed_by_batch_and_guard(corpus: OpenCorpus, held: Outcome, tmp_path: Path) -> None:
    take(corpus, tmp_path / "clean.parquet", people(10, 5))
    clean = read_version(corpus.files).batch
    assert clean is not None
    assert {name_batch(corpus, each) for each in (held.batch, held.batch[:4], "march.parquet")} == {held.batch}
    assert name_batch(corpus, clean[:4]) == clean
    assert [name_batch(corpus, each) for each in ("", held.batch[:3], "other")] == ["", held.batch[:3], "other"]
    take(corpus, tmp_path / "clean.parquet", people(10, 6))
    with pytest.raises(BadInput, match=rf"'clean.parquet' may be any of 2 batches: {clean} \(clean.parquet\), "):
        name_batch(corpus, "clean.parquet")
    (found,) = list_quarantine(corpus)
    assert (found.batch, found.file, found.rows, found.version) == (held.batch, "march.parquet", 12, held.version)
    assert found.reasons == {"duplicates": 6, "holdout_overlap": 4, "schema": 2}
    rows = read_quarantine(corpus, held.batch)
    assert rows["position"].to_list() == list(range(20, 32))
    assert rows.filter(pl.col("position") == 30)["reasons"].item().to_list() == [
        "schema: column 'age' holds '30.5', which is no whole number"
    ]
    assert read_quarantine(corpus, held.batch, limit=3)["position"].to_list() == [20, 21, 22]
    assert find_rows_of_guards(corpus, held.batch, ["schema", "duplicates"]) == [*range(20, 26), 30, 31]
    with pytest.raises(BadInput, match=r"only 'licence' rejects; .*: duplicates, holdout_overlap, schema"):
        find_rows_of_guards(corpus, held.batch, ["licence"])


def test_released_rows_equal_the_rows_sent_to_the_last_bit(corpus: OpenCorpus, held: Outcome) -> None:
    before = read_version(corpus.files)
    version = release(corpus, held.batch, positions=[21, 20, 25, 20], **ASKED)
    assert (version.action, version.batch, version.by, version.reason) == ("release", held.batch, "anna", "looked at")
    assert (version.rows_in, version.rows_admitted, version.rows_quarantined) == (3, 3, 0)
    assert version.rows == before.rows + 3
    assert version == read_version(corpus.files)
    rows, sent = part_rows(corpus, version), mixed(corpus)
    assert rows["position"].to_list() == [20, 21, 25]
    assert rows.select(sent.columns).equals(sent[[20, 21, 25]].cast({"age": pl.Int64}))
    admitted = pl.read_parquet(corpus.files.location(before.parts[-1].path))
    assert rows.schema == admitted.schema
    assert rows.drop("position").equals(admitted[[0, 1, 5]].drop("position"))
    assert list_quarantine(corpus)[0].rows == 9
    assert audit(corpus).problems == ()


def test_a_batch_held_whole_can_be_released_whole(corpus: OpenCorpus, tmp_path: Path) -> None:
    new = people(30, 2)
    found = take(corpus, tmp_path / "batch.parquet", new, licence="ours", generator=None, collected_at="2026-01-31")
    assert (found.status, found.rows_quarantined) == ("held", 30)
    version = release(corpus, found.batch, positions=None, **ASKED)
    rows = part_rows(corpus, version)
    assert rows.select(new.columns).equals(new)
    assert set(rows["licence"]) == {"ours"} and set(rows["collected_at"]) == {"2026-01-31"}
    assert list_quarantine(corpus) == []
    assert scan_rows(corpus, version).collect().height == version.rows


@pytest.mark.parametrize(
    ("position", "reason"),
    [
        (30, r"unreadable by the corpus's schema: row 30 \(fix"),
        (27, r"in the holdout, which no dataset may contain: row 27 \(leave"),
    ],
)
def test_rows_that_cannot_be_released_are_listed_and_nothing_changes(
    corpus: OpenCorpus, held: Outcome, position: int, reason: str
) -> None:
    before = every_byte(corpus)
    with pytest.raises(BadInput, match=reason):
        release(corpus, held.batch, positions=[20, position], **ASKED)
    with pytest.raises(BadInput, match="6 rows cannot be released"):
        release(corpus, held.batch, positions=None, **ASKED)
    assert every_byte(corpus) == before


def test_rows_that_contradict_themselves_cannot_be_released(tmp_path: Path) -> None:
    corpus = start(tmp_path / "strict", guards={"provenance": {"mode": "enforce"}})
    depths = pl.Series("provenance_depth", [0, 2, 0])
    found = take(corpus, tmp_path / "batch.parquet", people(3, 3).with_columns(depths))
    assert read_quarantine(corpus, found.batch)["position"].to_list() == [1]
    with pytest.raises(BadInput, match=r"declared real with a depth above 0.*: row 1 "):
        release(corpus, found.batch, positions=None, **ASKED)


@pytest.mark.parametrize("positions", [[3], [-1], [32], [20, 99]])
def test_only_rows_in_quarantine_can_be_decided_on(corpus: OpenCorpus, held: Outcome, positions: list[int]) -> None:
    for decide in (release, reject):
        with pytest.raises(BadInput, match=f"not in quarantine.*{positions[-1]};"):
            decide(corpus, held.batch, positions=positions, **ASKED)
    assert read_version(corpus.files).number == 2


def test_a_row_is_decided_on_once(corpus: OpenCorpus, held: Outcome) -> None:
    release(corpus, held.batch, positions=[20], **ASKED)
    reject(corpus, held.batch, positions=[21], **ASKED)
    for decide in (release, reject):
        with pytest.raises(BadInput, match="not in quarantine"):
            decide(corpus, held.batch, positions=[20], **ASKED)
        with pytest.raises(BadInput, match="not in quarantine"):
            decide(corpus, held.batch, positions=[21], **ASKED)
    reject(corpus, held.batch, positions=None, **ASKED)
    with pytest.raises(BadInput, match="has no rows in quarantine"):
        reject(corpus, held.batch, positions=None, **ASKED)


def test_rejected_rows_stay_stored_and_leave_quarantine(corpus: OpenCorpus, held: Outcome) -> None:
    before, bytes_before = read_version(corpus.files), every_byte(corpus)
    version = reject(corpus, held.batch, positions=[26, 30], **ASKED)
    assert (version.action, version.rows_in, version.rows_admitted, version.rows_quarantined) == ("reject", 2, 0, 2)
    assert (version.parts, version.counts) == (before.parts, before.counts)
    assert list_quarantine(corpus)[0].reasons == {"duplicates": 6, "holdout_overlap": 3, "schema": 1}
    assert bytes_before.items() <= every_byte(corpus).items()
    found = audit(corpus)
    assert (found.problems, found.rows_rejected) == ((), 2)


def test_a_release_past_the_bound_needs_the_option(corpus: OpenCorpus, tmp_path: Path) -> None:
    found = take(corpus, tmp_path / "batch.parquet", people(200, 4), "synthetic")
    assert found.status == "held"
    before = every_byte(corpus)
    with pytest.raises(BadInput, match=r"would not be real, and at most 30.0% is allowed.*--past-bound"):
        release(corpus, found.batch, positions=None, **ASKED)
    assert every_byte(corpus) == before
    within = release(corpus, found.batch, positions=range(100), **ASKED)
    assert within.declared_share == 100 / within.rows
    past = release(corpus, found.batch, positions=None, past_bound=True, **ASKED)
    assert past.reason == "looked at (past the bound of 30.0%)"
    assert past.declared_share > 0.3


def test_real_rows_are_released_into_a_corpus_past_its_bound(corpus: OpenCorpus, tmp_path: Path) -> None:
    found = take(corpus, tmp_path / "synthetic.parquet", people(200, 4), "synthetic")
    release(corpus, found.batch, positions=None, past_bound=True, **ASKED)
    real = take(corpus, tmp_path / "real.parquet", people(10, 6), licence="ours")
    assert real.status == "held"
    assert release(corpus, real.batch, positions=None, **ASKED).reason == "looked at"


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_decision_needs_a_reason(corpus: OpenCorpus, held: Outcome, reason: str) -> None:
    for decide in (release, reject):
        with pytest.raises(BadInput, match="needs a reason"):
            decide(corpus, held.batch, positions=None, reason=reason, by="anna", at=AT)


@pytest.mark.parametrize("batch", ["0123456789abcdef", "../..", "", "x" * 300, "\x1b[31m"])
def test_an_unknown_batch_is_refused(corpus: OpenCorpus, batch: str) -> None:
    for look in (
        lambda: read_quarantine(corpus, batch),
        lambda: release(corpus, batch, positions=None, **ASKED),
        lambda: reject(corpus, batch, positions=None, **ASKED),
    ):
        with pytest.raises(BadInput, match="has no batch"):
            look()


def test_refused_files_are_listed_until_they_are_ingested(corpus: OpenCorpus, tmp_path: Path) -> None:
    path = tmp_path / "april.csv"
    path.write_bytes(people(5, 7).write_csv().encode())
    (tmp_path / "april.csv.provenance.json").write_text("{not json")
    request = Request(claims=CLAIMS["real"], by="test", at=AT)
    unreadable = tmp_path / "broken.parquet"
    unreadable.write_bytes(b"PAR1 and nothing")
    ingest(corpus, unreadable, request)
    (found,) = list_refused_files(corpus)
    assert (found.file, found.bytes) == ("broken.parquet", 16)
    assert "cannot be read as Parquet" in found.reason
    assert ingest(corpus, path, request).status == "refused"
    assert ingest(corpus, tmp_path / "absent.csv", request).status == "refused"
    assert {(each.file, each.batch != "", each.bytes) for each in list_refused_files(corpus)} == {
        ("broken.parquet", True, 16),
        ("april.csv", True, path.stat().st_size),
        ("absent.csv", False, None),
    }
    (tmp_path / "april.csv.provenance.json").unlink()
    assert ingest(corpus, path, request).status == "admitted"
    assert {each.file for each in list_refused_files(corpus)} == {"broken.parquet", "absent.csv"}
    assert audit(corpus).problems == ()
    assert list_quarantine(corpus) == []


def test_a_missing_quarantine_is_reported(corpus: OpenCorpus, held: Outcome) -> None:
    part = read_version(corpus.files).held
    assert part is not None
    Path(corpus.files.location(part.path)).unlink()
    with pytest.raises(Damaged, match=f"{part.path} is missing; restore it"):
        list_quarantine(corpus)


def test_only_one_of_four_threads_releases_the_same_rows(corpus: OpenCorpus, held: Outcome) -> None:
    def one(name: int) -> str:
        try:
            release(corpus, held.batch, positions=range(20, 26), reason=f"by {name}", by=str(name), at=AT)
        except (BadInput, Damaged) as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(4) as pool:
        errors = list(pool.map(one, range(4)))
    assert sorted(map(bool, errors)) == [False, True, True, True]
    assert all("not in quarantine" in each for each in errors if each)
    assert read_version(corpus.files).rows == corpus.rows.height + 26
    assert audit(corpus).problems == ()


def test_only_one_of_three_writers_ingests_a_file_with_different_claims(corpus: OpenCorpus, tmp_path: Path) -> None:
    path = tmp_path / "same.parquet"
    people(40, 10).write_parquet(path)

    def one(day: int) -> str:
        claims = CLAIMS["real"] | {"collected_at": f"2026-01-0{day}"}
        return ingest(reopen(tmp_path / "people"), path, Request(claims=claims, by=str(day), at=AT)).status

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(one, (1, 2, 3))) == ["admitted", "known", "known"]
    assert audit(corpus).problems == ()
    last = read_version(corpus.files)
    assert set(part_rows(corpus, last)["collected_at"]) == {f"2026-01-0{last.by}"}


def test_processes_that_release_in_parallel_lose_no_row_and_repeat_none(tmp_path: Path) -> None:
    corpus = start(tmp_path / "people")
    found = take(corpus, tmp_path / "batch.parquet", people(4 * EACH, 8), licence="ours")
    words = [["race", str(tmp_path / "people"), found.batch, f"p{each}", "4", str(each * EACH)] for each in range(4)]
    racers = [ForkedCommand(DECIDERS, each, folder=tmp_path, environment=os.environ) for each in words]
    for each in racers:
        _, errors = each.communicate()
        assert each.returncode == 0, errors
    assert numbers(corpus.files) == list(range(1, 3 + 4 * EACH))
    assert list_quarantine(corpus) == []
    rows = scan_rows(corpus, read_version(corpus.files)).filter(pl.col("batch_id") == found.batch).collect()
    assert sorted(rows["position"]) == list(range(4 * EACH))
    assert audit(corpus).problems == ()


@pytest.mark.parametrize("write", [1, 2, 3, 4])
def test_a_release_killed_at_any_write_changes_nothing_and_can_be_repeated(tmp_path: Path, write: int) -> None:
    corpus = start(tmp_path / "people")
    found = take(corpus, tmp_path / "batch.parquet", people(12, 9), licence="ours")
    words = ["die", str(tmp_path / "people"), found.batch, str(write)]
    done = run_forked(words, folder=tmp_path, environment=os.environ, program=DECIDERS)
    if write == 4:  # there are three
        assert done.returncode == 0, done.stderr
        assert (numbers(corpus.files), list_quarantine(corpus)) == ([1, 2, 3], [])
        return
    assert done.returncode == -signal.SIGKILL
    assert numbers(corpus.files) == [1, 2]
    assert list_quarantine(corpus)[0].rows == 12
    assert audit(corpus).problems == ()
    version = release(corpus, found.batch, positions=range(5), **ASKED)
    assert part_rows(corpus, version)["position"].to_list() == [0, 1, 2, 3, 4]
    assert (list_quarantine(corpus)[0].rows, audit(corpus).problems) == (7, ())
