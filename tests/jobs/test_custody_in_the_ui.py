"""What was withdrawn from a corpus, in the asset graph: shown, marked, withdrawn and decided by runs of one asset."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from typer.testing import CliRunner

from outcross.assets.corpus.ledger.ledger import read_version
from outcross.jobs.cli.app import app
from outcross.jobs.definitions import build_definitions
from outcross.resources.store import Address
from tests.assets.corpus.people import people, start, take
from tests.jobs.workplace import own_instance


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    with own_instance(tmp_path) as made:
        yield made


def test_the_asset_marks_what_rests_on_withdrawn_rows_until_a_command_decides(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    corpus = start(tmp_path / "people")
    batch = take(corpus, tmp_path / "batch.parquet", people(10, 1)).batch
    (part,) = (part for part in read_version(corpus.files).parts if part.batch == batch)
    rows = pl.read_parquet(corpus.files.location(part.path))
    corpus.store.write(Address(study="learner", thing="anchor"), rows, provenance={"settings": {}})
    definitions = build_definitions([], [corpus.settings], root=str(tmp_path / "people" / "data"))
    key = dg.AssetKey(["people", "custody"])

    def run(**config: Any) -> tuple[dict[str, Any], bool]:
        ran = definitions.resolve_job_def("people_audit").execute_in_process(
            instance=instance, run_config={"ops": {"people__custody": {"config": config}}}
        )
        (made,) = ran.asset_materializations_for_node("people__custody")
        (check,) = (each for each in ran.get_asset_check_evaluations() if each.asset_key == key)
        return {name: value.value for name, value in made.metadata.items()}, check.passed

    assert run()[1]
    told, passed = run(action="withdraw", batch=batch, reason="asked", erase=True)
    assert not passed and (told["withdrawals"], told["undecided"], told["corpus_version"]) == (1, 1, 3)
    assert "study learner" in told["rest_on_withdrawn_rows"] and "erased" in told["withdrawn"]
    (seen,) = instance.fetch_observations(dg.AssetKey(["learner", "anchor"]), limit=5).records
    assert "withdrawn from the corpus 'people'" in str(seen.asset_observation.metadata["withdrawn"].value)

    file = tmp_path / "people" / "people.yaml"
    file.write_text((tmp_path / "people" / "corpus.json").read_text())
    root = ("--root", str(tmp_path / "people" / "data"))
    asked = CliRunner().invoke(app, ["descendants", str(file), "--withdrawal", "3", "--json", *root])
    assert {each["name"] for each in json.loads(asked.stdout)["descendants"]} == {"people:2", "learner"}
    shown = CliRunner().invoke(app, ["corpus", str(file), *root])
    assert "withdrawn by version 3 (asked), and not decided about: 1 version" in " ".join(shown.stdout.split())
    page = CliRunner().invoke(app, ["corpus", str(file), "--report", "-o", str(tmp_path / "page.html"), *root])
    assert page.exit_code == 0 and "not decided about" in (tmp_path / "page.html").read_text()
    decided = CliRunner().invoke(app, ["withdraw", str(file), "--decided", "3", "--reason", "run again", *root])
    assert decided.exit_code == 0, decided.exception
    assert run()[1] and not CliRunner().invoke(app, ["corpus", str(file), *root]).stdout.count("not decided about")
    told, _ = run(action="declare", batch=batch, origin="unknown", reason="nobody knows")
    assert "unknown" in told["declared_anew"] and told["corpus_version"] == 5
