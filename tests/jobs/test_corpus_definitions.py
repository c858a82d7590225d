"""A batch in the asset graph: what its run reports; a held batch or a missing file is not a failed run."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import fsspec
import polars as pl
import pytest

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.ledger.ledger import newest
from outcross.assets.corpus.open_corpus import open_corpus
from outcross.assets.study.study import Study
from outcross.jobs.automation.corpus_definitions import CHECK
from outcross.jobs.automation.corpus_state import WITHIN_BOUND
from outcross.jobs.automation.inbox import Inbox
from outcross.jobs.automation.outbox import open_outbox
from outcross.jobs.definitions import build_definitions
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import Store
from tests.jobs.corpora import ROWS, corpus, drop, new_rows, settings
from tests.jobs.workplace import SMALL, own_instance


class Place:
    """A corpus, an instance, and runs of its jobs in this process."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance, *, anchor: dict[str, Any] | None = None) -> None:
        self.folder, self.instance = folder, instance
        self._anchor = {} if anchor is None else {"anchor": anchor}
        self.corpus = self.corpus_with()

    def corpus_with(self, **changes: Any) -> Corpus:
        return corpus(self.folder, **self._anchor, **changes)

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def files(self) -> CorpusStore:
        return CorpusStore(Store(self.folder / "data"), "people")

    def key(self, name: str) -> str:
        return Inbox(str(self.inbox)).files()[name].key

    def run(self, job: str, key: str | None = None, *, settings: Corpus | None = None):
        if key is not None:
            self.instance.add_dynamic_partitions("people_batches", [key])
        definitions = build_definitions([], [settings or self.corpus], root=str(self.folder / "data"))
        return definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, partition_key=key, raise_on_error=False
        )

    def ingest(self, name: str) -> tuple[dict[str, Any], dg.AssetCheckEvaluation]:
        """Ingest a file, and return its metadata and its check."""
        ran = self.run("people_ingest", self.key(name))
        assert ran.success
        (check,) = (each for each in ran.get_asset_check_evaluations() if each.check_name == CHECK)
        made, seen = (
            told("people__batch") for told in (ran.asset_materializations_for_node, ran.asset_observations_for_node)
        )
        told = [*made, *seen]
        assert [each.partition for each in told] == [check.partition] == [self.key(name)]
        assert bool(made) == bool(told[0].metadata["rows_admitted"].value), "what is held is not green"
        return {name: value.value for name, value in told[0].metadata.items()}, check


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the corpus, started and without a batch, beside its anchor: no test may change it."""
    folder = tmp_path_factory.mktemp("opened")
    open_corpus(corpus(folder), Store(folder / "data"), by="test", at="2026-03-01T12:00:00+00:00")
    return folder


@pytest.fixture
def new_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A corpus that is not started."""
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    with own_instance(tmp_path) as instance:
        yield Place(tmp_path, instance)


@pytest.fixture
def place(opened: Path, new_place: Place) -> Place:
    """A copy of the started corpus."""
    shutil.copytree(opened / "data", new_place.folder / "data")
    return Place(new_place.folder, new_place.instance, anchor=settings(opened)["anchor"])


def test_a_clean_batch_is_admitted_whole_and_known_the_second_time(place: Place) -> None:
    rows = new_rows(4_000, 4_500)
    drop(place.inbox, "march.parquet", rows)
    metadata, check = place.ingest("march.parquet")
    assert (metadata["status"], metadata["rows_admitted"], metadata["corpus_version"]) == ("admitted", rows.height, 2)
    assert (metadata["declared_share"], metadata["bound"], metadata["reasons"]) == (0.0, 0.1, "none")
    docs = metadata["data_docs_file"]
    assert metadata["data_docs"] == "/outcross/data-docs/people/index.html"
    assert (
        docs == str(place.folder / "home" / "data-docs" / "people" / "index.html") and "march" in Path(docs).read_text()
    )
    assert check.passed and isinstance(check.metadata["synthetic_share"], dg.FloatMetadataValue)
    assert len(check.metadata["vitals"].records) == 20 and check.metadata["more_vitals"].value > 0
    again, check = place.ingest("march.parquet")
    assert (again["status"], again["corpus_version"]) == ("known", 2)
    assert check.passed
    assert open_outbox().names() == []


def test_a_held_batch_is_a_failed_check_and_an_alert_but_not_a_failed_run(place: Place) -> None:
    drop(place.inbox, "wages.parquet", new_rows(4_500, 5_000).with_columns(pl.col("log_wage") + 1))
    for status in ("held", "known"):
        metadata, check = place.ingest("wages.parquet")
        assert (metadata["status"], metadata["rows_admitted"]) == (status, 0)
        assert "drift" in metadata["reasons"]
        assert not check.passed and check.severity == dg.AssetCheckSeverity.ERROR
        worst = check.metadata["vitals"].records[0].data
        assert "drift" in worst["guard"] and not worst["passed"] and worst["value"] > worst["upper"]
        assert isinstance(check.metadata[f"{worst['guard']}: {worst['metric']}"], dg.FloatMetadataValue)
    (name,) = open_outbox().names()
    alert = open_outbox().read(name)["alert"]
    assert (alert["kind"], alert["corpus"], alert["file"]) == ("batch", "people", "wages.parquet")
    assert any("drift" in reason for reason in alert["reasons"])


def test_a_corpus_as_it_is_now_has_numbers_that_plot_and_a_check_against_its_bound(place: Place) -> None:
    drop(place.inbox, "march.parquet", rows := new_rows(4_000, 4_500))
    ran = place.run("people_ingest", place.key("march.parquet"))
    (now,) = ran.asset_materializations_for_node("people__state")
    told = {name: each.value for name, each in now.metadata.items()}
    assert (told["version"], told["declared_share"], told["bound"]) == (2, 0.0, 0.1)
    assert told["rows_real"] == told["dagster/row_count"] > rows.height
    (within,) = (each for each in ran.get_asset_check_evaluations() if each.check_name == WITHIN_BOUND)
    assert within.passed
    drop(place.inbox, "vendor.parquet", new_rows(4_500, 5_000), origin="synthetic", generator="gpt-9")
    wide: dict[str, Any] = {"bound": {"share": 0.5}, "mode": "observe"}
    assert place.run("people_ingest", place.key("vendor.parquet"), settings=place.corpus_with(**wide)).success
    ran = place.run("people_audit")  # its bound of 0.1 holds again
    (now,) = ran.asset_materializations_for_node("people__state")
    told = {name: each.value for name, each in now.metadata.items()}
    assert told["rows_synthetic"] + told["rows_real"] == told["dagster/row_count"] and told["declared_share"] > 0.1
    (past,) = (each for each in ran.get_asset_check_evaluations() if each.check_name == WITHIN_BOUND)
    assert (
        not past.passed and past.severity == dg.AssetCheckSeverity.ERROR and "outcross trim people" in past.description
    )


def test_a_batch_with_some_quarantined_rows_is_a_warning(place: Place) -> None:
    rows = new_rows(5_000, 5_500)
    drop(place.inbox, "twice.parquet", pl.concat([rows, rows[:10]]))
    metadata, check = place.ingest("twice.parquet")
    assert (metadata["status"], metadata["rows_quarantined"]) == ("partly admitted", 10)
    assert not check.passed and check.severity == dg.AssetCheckSeverity.WARN
    assert metadata["reasons"].startswith("- duplicates: 10 rows")
    assert open_outbox().names() == []


def test_a_file_that_cannot_be_read_is_a_failed_check_with_the_reason(place: Place) -> None:
    (place.inbox / "march.parquet").write_bytes(b"PAR1 no")
    metadata, check = place.ingest("march.parquet")
    assert metadata["status"] == "refused" and not check.passed
    assert "march" in metadata["reasons"]
    assert len(open_outbox().names()) == 1


@pytest.mark.parametrize("change", [Path.unlink, lambda path: os.utime(path, (9, 9))])
def test_a_file_that_was_removed_or_changed_is_an_observation_and_not_a_failed_run(place: Place, change: Any) -> None:
    path = drop(place.inbox, "march.parquet", new_rows(4_000, 4_100))
    key = place.key("march.parquet")
    change(path)
    ran = place.run("people_ingest", key)
    assert ran.success
    assert not ran.asset_materializations_for_node("people__batch")
    (seen,) = ran.asset_observations_for_node("people__batch")
    assert (seen.metadata["status"].value, seen.partition) == ("gone", key)
    (check,) = (each for each in ran.get_asset_check_evaluations() if each.check_name == CHECK)
    assert not check.passed and check.severity == dg.AssetCheckSeverity.WARN
    assert not place.instance.get_materialized_partitions(dg.AssetKey(["people", "batch"]))
    last = newest(place.files)
    assert last is not None and last.action == "anchor" and open_outbox().names() == []


def test_markup_in_a_name_and_a_category_is_escaped(new_place: Place) -> None:
    place = new_place
    name = "<img src=x onerror=alert(1)> ![x](http:evil.example) *b*.parquet"
    hostile = "<script>alert(1)</script>[x](http://evil.example)"
    renamed = ROWS[:4_000].with_columns(pl.col("race").cast(pl.String).replace({ROWS["race"].mode()[0]: hostile}))
    renamed.write_parquet(place.folder / "anchor.parquet")
    drop(place.inbox, name, new_rows(4_000, 4_400))
    metadata, check = place.ingest(name)
    assert metadata["status"] == "held"
    cells_are_plain_text = check.metadata.pop("vitals")
    assert any("script" in str(line.data) for line in cells_are_plain_text.records)
    shown = [metadata["file"], metadata["reasons"], *(f"{name} {each.value}" for name, each in check.metadata.items())]
    assert any("script" in text for text in shown)
    assert not any(mark in text for text in shown for mark in ("<img", "<script", " ![", "[x](", "*b*", "http://"))
    (alert,) = (open_outbox().read(each)["alert"] for each in open_outbox().names())
    assert "<" not in alert["file"] and not any("<" in reason for reason in alert["reasons"])


def test_a_name_that_is_not_unicode_is_reported(place: Place) -> None:
    name = os.fsdecode(b"caf\xe9.parquet")
    drop(place.inbox, name, new_rows(4_000, 4_300))
    metadata, check = place.ingest(name)
    assert "U+DCE9" in metadata["file"]
    assert check.passed or metadata["reasons"] != "none"


def test_a_corpus_that_cannot_be_started_is_a_failed_run(new_place: Place) -> None:
    place = new_place
    drop(place.inbox, "march.parquet", new_rows(4_000, 4_100))
    without = place.corpus_with(bound={"study": "unheard"})
    ran = place.run("people_ingest", place.key("march.parquet"), settings=without)
    assert not ran.success
    (failed,) = (event for event in ran.all_events if event.is_step_failure)
    assert "has no verdict yet" in failed.step_failure_data.user_failure_data.description


def test_an_ingest_records_the_bound_that_it_holds_the_batch_to(place: Place) -> None:
    drop(place.inbox, "march.parquet", new_rows(4_000, 4_500))
    ran = place.run("people_ingest", place.key("march.parquet"))
    (made,) = ran.asset_materializations_for_node("people__bound")
    assert (made.metadata["share"].value, made.metadata["source"].value) == (0.1, "stated in the corpus file")
    (batch,) = ran.asset_materializations_for_node("people__batch")
    assert batch.metadata["bound"].value == made.metadata["share"].value
    assert batch.tags["dagster/input_data_version/people/bound"] == made.tags["dagster/data_version"]


def test_a_new_verdict_has_the_bound_of_its_corpora_read_again_once(place: Place) -> None:
    bounded = place.corpus_with(bound={"study": "small"})
    definitions = build_definitions([Study.model_validate(SMALL)], [bounded], root=str(place.folder / "data"))
    bound, verdict = dg.AssetKey(["people", "bound"]), dg.AssetKey(["small", "verdict"])
    only = dg.AssetSelection.assets(bound)

    def requested(cursor: Any = None) -> tuple[int, Any]:
        found = dg.evaluate_automation_conditions(definitions, place.instance, asset_selection=only, cursor=cursor)
        return found.total_requested, found.cursor

    count, cursor = requested()
    assert count == 0, "there is no verdict yet"
    for count in (1, 0):
        if count:
            place.instance.report_runless_asset_event(dg.AssetMaterialization(verdict))
        found, cursor = requested(cursor)
        assert found == count


def test_an_audit_verifies_a_corpus_and_fails_if_a_stored_row_is_missing(place: Place) -> None:
    drop(place.inbox, "march.parquet", new_rows(4_000, 4_500))
    metadata, _ = place.ingest("march.parquet")
    proven = place.run("people_audit")
    assert proven.success
    (made,) = proven.asset_materializations_for_node("people__audit")
    assert made.metadata["rows_in"].value == made.metadata["rows_admitted"].value == metadata["rows_in"]
    batch = place.folder / "data" / "corpora" / "people" / "batches" / metadata["batch"]
    (part,) = batch.glob("admitted-*.parquet")
    pl.read_parquet(part)[1:].write_parquet(part)
    damaged = place.run("people_audit")
    assert not damaged.success
    (failed,) = (event for event in damaged.all_events if event.is_step_failure)
    failure = failed.step_failure_data.user_failure_data
    assert "fails its audit" in failure.description and metadata["batch"] in failure.metadata["problems"].value


def test_a_missing_inbox_is_a_failed_run_so_that_its_files_do_not_count_as_removed(place: Place) -> None:
    drop(place.inbox, "march.parquet", new_rows(4_000, 4_100))
    key = place.key("march.parquet")
    place.inbox.rename(place.folder / "unmounted")
    assert not place.run("people_ingest", key).success
    (place.folder / "unmounted").rename(place.inbox)
    assert place.run("people_ingest", key).success


def test_a_file_of_an_object_store_is_ingested_with_its_sidecar_and_one_too_large_is_not_fetched(
    place: Place,
) -> None:
    rows, name = new_rows(4_000, 4_300), "march.parquet"
    store = fsspec.filesystem("memory")
    local = drop(place.folder / "made", name, rows)
    for each in (local, local.with_name(f"{name}.provenance.json")):
        store.pipe_file(f"/people-in/{each.name}", each.read_bytes())
    try:
        away = place.corpus_with(inbox="memory://people-in")
        key = Inbox("memory://people-in").files()[name].key
        small = place.corpus_with(inbox="memory://people-in", limits={"bytes": 100, "sidecar_bytes": 100})
        refused = place.run("people_ingest", key, settings=small)
        (made,) = refused.asset_observations_for_node("people__batch")
        assert made.metadata["status"].value == "refused" and "are allowed" in made.metadata["reasons"].value
        (made,) = place.run("people_ingest", key, settings=away).asset_materializations_for_node("people__batch")
        assert (made.metadata["status"].value, made.metadata["rows_admitted"].value) == ("admitted", rows.height)
    finally:
        store.rm("/people-in", recursive=True)
