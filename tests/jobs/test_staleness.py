"""Staleness as the UI's GraphQL answers it: by content, by the settings of each lineage, and by the source.

Every test uses a lineage of its own, so that none depends on another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import yaml
from dagster_graphql.test.utils import define_out_of_process_workspace, execute_dagster_graphql

from outcross.assets.artefacts import ANCHOR, DATASET, EVALUATION, MODEL, REPORT, SYNTHETIC, VERDICT, Artefacts
from outcross.assets.graph.conclusion import CHECK, DECIDED, conclusion_checks
from outcross.assets.graph.keys import asset_key
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import analysis_version
from outcross.jobs.definitions import build_definitions
from outcross.jobs.files.study_files import load_study
from outcross.jobs.running.study_jobs import conclusion_keys, job_names
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Store
from outcross.resources.store_resource import STORE, shared_store
from tests.jobs.corpora import ROWS
from tests.jobs.workplace import own_instance

pytestmark = pytest.mark.long(seconds=40)

ARMS = {name: {"policy": "replace"} for name in ("same", "other", "changed")}
TINY: dict[str, Any] = {
    "study": "tiny",
    "source": {"kind": "files", "path": "people.csv", "columns": {"bachelor": "label", "sex": "group"}},
    "generator": {"kind": "copula", "draws": 4},
    "generations": 2,
    "replicates": 1,
    "metrics": ["loss"],
    "arms": ARMS,
}
LOCATION = """
from pathlib import Path

from outcross.jobs.definitions import build_definitions
from outcross.jobs.files.study_files import load_study

folder = Path({folder!r})
defs = build_definitions([load_study(folder / "tiny.yaml")], root=str(folder / "data"))
"""
STALE = """query($key: AssetKeyInput!, $partition: String) {
  assetNodes(assetKeys: [$key]) { staleStatus(partition: $partition) } }"""


@dataclass
class Place:
    """A study that has been run whole, its instance, and the code location that GraphQL asks."""

    folder: Path
    instance: dg.DagsterInstance
    workspace: Any

    @property
    def study(self) -> Study:
        return load_study(self.folder / "tiny.yaml")

    def write(self, **changes: object) -> None:
        (self.folder / "tiny.yaml").write_text(yaml.safe_dump({**TINY, **changes}))

    def run(self, job: str, study: Study | None = None, **selection: Any) -> None:
        definitions = build_definitions([study or self.study], root=str(self.folder / "data"))
        ran = definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, raise_on_error=False, **selection
        )
        assert ran.success, [event.step_failure_data for event in ran.all_events if event.is_step_failure]

    def stale(self, *path: str, partition: str | None = None) -> str:
        """Ask the UI's GraphQL."""
        variables = {"key": {"path": ["tiny", *path]}, "partition": partition}
        answer = execute_dagster_graphql(self.workspace.create_request_context(), STALE, variables)
        return str(answer.data["assetNodes"][0]["staleStatus"])

    def tick(self) -> dict[str | None, dg.AssetObservation]:
        """Evaluate the sensor of changed settings; return lineage → what it records."""
        definitions = build_definitions([self.study], root="nowhere")
        sensor = definitions.resolve_sensor_def("tiny_settings")
        with dg.build_sensor_context(self.instance, definitions=definitions) as context:
            ticked = sensor.evaluate_tick(context)
        return {event.partition: event for event in ticked.asset_events if isinstance(event, dg.AssetObservation)}

    def reload(self) -> None:
        """Press *Reload definitions*."""
        (name,) = self.workspace.code_location_names
        self.workspace.reload_code_location(name)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("tiny")
    ROWS[:200].write_csv(folder / "people.csv")
    (folder / "location.py").write_text(LOCATION.format(folder=str(folder)))
    with own_instance(folder) as instance:
        made = Place(folder, instance, None)
        made.write()
        names = job_names(made.study)
        made.run(names.start)
        for lineage in made.study.lineages:
            made.run(names.lineages, partition_key=lineage)
        made.run(names.conclusion, asset_selection=conclusion_keys(made.study))
        with define_out_of_process_workspace(str(folder / "location.py"), None, instance) as workspace:
            made.workspace = workspace
            yield made


def test_the_same_bytes_made_again_leave_everything_downstream_fresh(place: Place) -> None:
    keys = [asset_key(place.study, thing, 1) for thing in (DATASET, MODEL, SYNTHETIC, EVALUATION)]
    before = place.instance.get_latest_materialization_event(keys[0])
    place.run(job_names(place.study).lineages, partition_key="same", asset_selection=keys)
    assert place.instance.get_latest_materialization_event(keys[0]) != before
    for thing in (MODEL, SYNTHETIC, EVALUATION):
        assert place.stale("gen_01", thing, partition="same") == "FRESH"
    assert place.stale(VERDICT) == place.stale(REPORT) == "FRESH"


def test_other_bytes_make_stale_what_was_made_from_the_earlier_ones(place: Place) -> None:
    arms = {**ARMS, "other": {"policy": "fixed", "share": 0.5}}
    changed = Study.model_validate({**TINY, "arms": arms}, context={"base": place.folder})
    key = asset_key(changed, DATASET, 1)
    assert place.stale("gen_01", MODEL, partition="other") == "FRESH"
    place.run(job_names(changed).lineages, changed, partition_key="other", asset_selection=[key])
    assert place.stale("gen_01", MODEL, partition="other") == "STALE"
    assert place.stale("gen_01", DATASET, partition="other") == "FRESH", "the run recorded the settings it used"
    assert place.stale("gen_01", MODEL, partition="changed") == "FRESH"


def test_an_arm_whose_policy_changed_is_stale_and_no_other(place: Place) -> None:
    assert place.stale("gen_01", DATASET, partition="changed") == "FRESH"
    place.write(arms={**ARMS, "changed": {"policy": "subsample"}})
    try:
        place.reload()
        events = place.tick()
        assert "changed" in events and "same" not in events
        place.instance.report_runless_asset_event(events["changed"])
        assert "changed" not in place.tick(), "it is recorded once"
        assert place.stale("gen_01", DATASET, partition="changed") == "STALE"
        assert place.stale("gen_01", DATASET, partition="same") == "FRESH"
        assert place.stale("gen_01", MODEL, partition="changed") == "FRESH", "staleness is told of direct inputs"
        place.run(job_names(place.study).lineages, partition_key="changed")
        assert place.stale("gen_01", DATASET, partition="changed") == "FRESH"
        assert "changed" not in place.tick()
    finally:
        place.write()
        place.reload()


def test_a_source_that_has_grown_makes_the_anchor_stale_once_it_is_observed(place: Place) -> None:
    assert place.stale("anchor") == place.stale("holdout") == "FRESH"
    ROWS[:210].write_csv(place.folder / "people.csv")
    try:
        place.run("tiny_source")
        assert place.stale("anchor") == place.stale("holdout") == "STALE"
    finally:
        ROWS[:200].write_csv(place.folder / "people.csv")
    place.run("tiny_source")
    assert place.stale("anchor") == "FRESH", "the content is what counts"


def test_a_verdict_on_more_than_100_lineages_is_compared_by_its_check(tmp_path: Path) -> None:
    arms = {"many": {"policy": "replace", "lineages": 120}}
    study = Study.model_validate({**TINY, "replicates": 120, "arms": arms})
    artefacts = Artefacts(study, Store(tmp_path))
    anchor = Schema((Column(name="x", role=Role.NUMERIC),))
    artefacts.save(artefacts.address(ANCHOR), pl.DataFrame({"x": [1.0]}), inputs=(), schema=anchor.to_json())
    parts = [slot.address(thing) for slot in artefacts.slots for thing in (MODEL, EVALUATION)]
    for number, part in enumerate(parts):
        artefacts.save(part, pl.DataFrame({"number": [number]}), inputs=())
    verdict, report = artefacts.address(VERDICT), artefacts.address(REPORT)
    artefacts.save(verdict, pl.DataFrame({"safe": [1]}), inputs=parts, analysis=analysis_version(study))
    artefacts.save(report, pl.DataFrame({"bytes": [1]}), inputs=[verdict])
    assert check(study, tmp_path) == {VERDICT: None, REPORT: None}

    artefacts.save(parts[-1], pl.DataFrame({"number": [-1]}), inputs=())
    failed = check(study, tmp_path)
    assert all(reason and "tiny/verdict" in reason and "outcross study tiny" in reason for reason in failed.values())

    other = Study.model_validate({**TINY, "replicates": 120, "arms": {"many": {**arms["many"], "policy": "subsample"}}})
    reasons = check(other, tmp_path)
    assert all(reason and "tiny/evaluation/gen=01/lineage=many.0" in reason for reason in reasons.values())


def check(study: Study, root: Path) -> dict[str, str | None]:
    """Execute the checks of the verdict and the report alone; return thing → why it failed, or None."""
    keys = [dg.AssetCheckKey(asset_key(study, thing), CHECK) for thing in (VERDICT, REPORT)]
    found = {each.asset_key.path[-1]: each for each in evaluate(study, root, *keys)}
    return {thing: None if each.passed else each.description for thing, each in found.items()}


def evaluate(study: Study, root: Path, *keys: dg.AssetCheckKey) -> list[dg.AssetCheckEvaluation]:
    """Execute these checks of a study alone."""
    definitions = dg.Definitions(
        asset_checks=list(conclusion_checks(study)),
        jobs=[dg.define_asset_job("check", dg.AssetSelection.checks(*keys))],
        resources={STORE: shared_store(str(root))},
    )
    ran = definitions.resolve_job_def("check").execute_in_process()
    assert ran.success, "the check blocks nothing"
    return list(ran.get_asset_check_evaluations())


def test_a_verdict_is_yellow_while_the_primary_endpoint_is_open_on_a_ladder(tmp_path: Path) -> None:
    ladder = {"policy": "fixed", "shares": [0.5]}
    study = Study.model_validate(
        {**TINY, "arms": {}, "ladders": {"one": ladder, "two": ladder}, "endpoints": {"loss": {"gain": 0.05}}}
    )
    artefacts = Artefacts(study, Store(tmp_path))
    for decided in (True, False):
        lines = [
            {
                "ladder": name,
                "primary": primary,
                "decided": known,
                "sentence": f"{name} is open",
                "reference": "holdout",
            }
            for name, primary, known in (("one", True, True), ("two", True, decided), ("two", False, False))
        ]
        artefacts.save(artefacts.address(VERDICT), pl.DataFrame(lines), inputs=())
        (found,) = evaluate(study, tmp_path, dg.AssetCheckKey(asset_key(study, VERDICT), DECIDED))
        assert found.passed == decided and found.severity == dg.AssetCheckSeverity.WARN
        assert found.description == (None if decided else "two: two is open")
        assert (found.metadata["ladders"].value, found.metadata["undecided"].value) == (2, 1 - decided)
