"""What the how-to pages of custody ask of SQL and of the UI is there, and each command has a job and an asset."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import yaml

from docs.site.run_in_ui import job_of
from docs.site.walk_pages import PAGES, queries, runs_of_ui
from outcross.jobs.definitions import build_definitions
from outcross.resources.warehouse import query
from tests.assets.corpus.people import people, read_settings, start, take
from tests.jobs.cli.parser import command_of
from tests.jobs.workplace import own_instance

_ROW = re.compile(r"^\| `([a-z][^`]*)` \| `NAME_(\w+)` \| .* \| `NAME/(\w+)` \| (?:`(\w+)`)? ?\|$", re.MULTILINE)


@dataclass
class Place:
    """A store with the corpora of the pages: ``people``, which protects a set that it has two rows of, and ``survey``.

    Attributes:
        store: it.
        definitions: of both corpora.
        instance: for runs.
    """

    store: Any
    definitions: dg.Definitions
    instance: dg.DagsterInstance


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("how-to")
    people(30, 1)[:2].write_parquet(folder / "set.parquet")
    opened = start(folder / "people", guards={})
    assert take(opened, folder / "march.parquet", people(30, 1)).rows_admitted == 30
    start(folder / "people", corpus="survey", guards={})
    survey = read_settings(folder / "people")
    stated = opened.settings.model_dump(mode="json", exclude_unset=True)
    named = type(opened.settings).model_validate(stated | {"protected": {"benchmark": str(folder / "set.parquet")}})
    definitions = build_definitions([], [named, survey], root=str(folder / "people" / "data"))
    with own_instance(folder) as instance:
        yield Place(opened.store, definitions, instance)


def test_each_command_of_custody_has_a_job_an_asset_and_a_check_in_the_ui(place: Place) -> None:
    rows = _ROW.findall((Path(__file__).parents[2] / "docs" / "corpora.md").read_text())
    shown = {command.split()[0] for command, *_ in rows}
    assert shown == {"withdraw", "descendants", "declare", "corpus", "accept-change", "export", "audit"}
    assert len(rows) == 10
    graph = place.definitions.resolve_asset_graph()
    for command, job, asset, check in rows:
        assert command_of(command.split()), command
        key = dg.AssetKey(["people", asset])
        ran = place.definitions.resolve_job_def(f"people_{job}")
        assert f"people__{asset}" in ran.graph.node_dict
        assert not check or dg.AssetCheckKey(key, check) in graph.asset_check_keys


@pytest.mark.parametrize("name", PAGES)
def test_the_queries_and_the_runs_of_a_page_are_accepted_as_they_are_printed(name: str, place: Place) -> None:
    page = PAGES[name].read_text(encoding="utf-8")
    assert "## In the UI" in page
    asked = list(queries(page))
    assert asked
    for sql in asked:
        query(place.store, sql)
    for corpus, asset, block in runs_of_ui(page):
        job = place.definitions.resolve_job_def(job_of(place.definitions, f"{corpus}__{asset}"))
        assert dg.validate_run_config(job, yaml.safe_load(block))


def test_a_run_lists_the_rows_of_protected_sets_and_another_states_what_the_corpus_is_made_of(place: Place) -> None:
    def run(job: str, **config: Any) -> dg.ExecuteInProcessResult:
        found = place.definitions.resolve_job_def(job)
        return found.execute_in_process(instance=place.instance, run_config=config)

    ran = run("people_recheck_protected")
    (made,) = ran.asset_materializations_for_node("people__protected_sets")
    (check,) = ran.get_asset_check_evaluations()
    assert made.metadata["copies"].value == 2 and not check.passed
    assert "2 rows of the corpus equal one of its rows" in str(check.description)
    ran = run("people_statement", ops={"people__statement": {"config": {"version": 1}}})
    (made,) = ran.asset_materializations_for_node("people__statement")
    assert made.metadata["corpus_version"].value == 1
    assert str(made.metadata["statement"].value).startswith("# Statement of corpus people, version 1")
    assert made.metadata["as_json"].value["sha256"] == made.metadata["head"].value  # type: ignore[index,call-overload]


def test_a_run_lists_what_rests_on_a_batch_and_changes_nothing(place: Place) -> None:
    (batch,) = query(place.store, "select batch from batches where corpus = 'people'")["batch"]
    config = {"ops": {"people__custody": {"config": {"action": "descendants", "batch": batch}}}}
    ran = place.definitions.resolve_job_def("people_audit").execute_in_process(
        instance=place.instance, run_config=config
    )
    (made,) = ran.asset_materializations_for_node("people__custody")
    assert made.metadata["descendants"].value == "- version people:2 (30 rows): has them"
    assert made.metadata["corpus_version"].value == 2
    assert isinstance(query(place.store, "select * from ledger"), pl.DataFrame)
