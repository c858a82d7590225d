"""A study and a corpus live in a team's own project, beside an executor, a resource and assets of its own."""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import dagster as dg
import pytest

from outcross.assets.study.study import Study
from outcross.components import CorpusComponent, StudyComponent, alert_sensors, study_part
from tests.jobs.team_project import STUDY, state, write_project
from tests.jobs.workplace import SMALL, own_instance

DOCS = Path(__file__).parents[2] / "docs" / "python.md"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of definitions of a project, which can be imported; its module has a name of its own."""
    name = f"team_{abs(hash(str(tmp_path)))}"
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("OUTCROSS_ROOT", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    yield write_project(tmp_path, name)
    for module in [each for each in sys.modules if each.split(".")[0] == name]:
        del sys.modules[module]


def load(project: Path) -> dg.Definitions:
    return dg.load_from_defs_folder(path_within_project=project)


def test_a_study_and_a_corpus_load_and_run_beside_the_definitions_of_a_team(project: Path, tmp_path: Path) -> None:
    definitions = load(project)
    repository = definitions.get_repository_def()
    assert repository.get_job("sales_study_lineages").executor_def is dg.in_process_executor
    assert repository.get_job("__ASSET_JOB").executor_def is dg.multiprocess_executor, "the team's own"
    assert set(definitions.resources) == {"store", "outcross_store"}
    sensors = {
        "sales_study_automation",
        "sales_study_settings",
        "sales_inbox",
        "sales_bound",
        "alerts_noted",
        "alerts_posted",
    }
    assert {each.name for each in repository.sensor_defs} == sensors
    with own_instance(tmp_path) as instance:
        for job, lineage in (("sales_study_start", None), ("sales_study_lineages", "replace")):
            ran = definitions.resolve_job_def(job).execute_in_process(instance=instance, partition_key=lineage)
            assert ran.success
        assert (
            definitions.resolve_implicit_global_asset_job_def()
            .execute_in_process(instance=instance, asset_selection=[dg.AssetKey("turnover")])
            .output_for_node("turnover")
            == "Delft"
        )
    assert list((tmp_path / "data" / "sales-study").rglob("part.parquet")), "it read the rows beside its file"


def test_a_misspelt_key_is_reported_with_its_component(project: Path) -> None:
    state(project / "census", "StudyComponent", {**STUDY, "replicats": 3})
    with pytest.raises(Exception, match="census") as refusal:
        load(project)
    told, fault = "", refusal.value
    while fault is not None:
        told, fault = f"{told}{fault}\n", fault.__cause__ or fault.__context__
    assert "census/defs.yaml" in told.replace("\\", "/") and "replicats" in told, told


def test_definitions_merge_in_python_with_those_of_a_team(tmp_path: Path) -> None:
    theirs = dg.Definitions(
        resources={"store": dg.ResourceDefinition.none_resource()}, executor=dg.multiprocess_executor
    )
    studies = [Study.model_validate({**SMALL, "study": name}) for name in ("one", "two")]
    parts = [study_part(study, root=str(tmp_path)) for study in studies]
    merged = dg.Definitions.merge(theirs, *parts, dg.Definitions(sensors=alert_sensors(studies, [])))
    names = {each.name for each in merged.get_repository_def().sensor_defs}
    of_studies = {f"{study}_{sensor}" for study in ("one", "two") for sensor in ("automation", "settings")}
    assert names == of_studies | {"alerts_noted", "alerts_posted"}
    assert merged.executor is dg.multiprocess_executor


def test_the_components_are_registered_for_dg() -> None:
    stated = tomllib.loads((DOCS.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    module = import_module(stated["project"]["entry-points"]["dagster_dg_cli.registry_modules"]["outcross"])
    assert (module.StudyComponent, module.CorpusComponent) == (StudyComponent, CorpusComponent)


def test_the_example_of_the_guide_loads(project: Path) -> None:
    guide = DOCS.read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(# [^\n]*defs\.yaml\n.*?)```", guide, flags=re.DOTALL)
    (project / "census" / "defs.yaml").write_text(example)
    assert load(project).get_repository_def().get_job("census_lineages")
