"""``outcross corpus NAME --recheck`` lists what was in before a set was protected, for a withdrawal."""

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from outcross.jobs.cli.app import app
from tests.assets.corpus.people import ROLES, SETTINGS, people

REAL = ("--origin", "real", "--licence", "CC0-1.0", "--consent", "survey")


def outcross(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--root", str(folder / "data")])


def test_rows_of_a_set_that_is_named_later_are_listed_with_the_command_that_takes_them_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    benchmark, file = people(40, 77), tmp_path / "people.yaml"
    people(400, 0).write_parquet(tmp_path / "anchor.parquet")
    benchmark.write_csv(tmp_path / "benchmark.csv")
    pl.concat([people(12, 5), benchmark[:2]]).write_parquet(tmp_path / "batch.parquet")
    settings = SETTINGS | {"anchor": {"kind": "files", "path": "anchor.parquet", "columns": ROLES}}
    file.write_text(json.dumps(settings))
    ran = outcross(tmp_path, "ingest", str(tmp_path / "batch.parquet"), "--corpus", str(file), *REAL)
    assert ran.exit_code == 0, ran.output
    refused = outcross(tmp_path, "corpus", str(file), "--recheck")
    assert "corpus 'people' names no protected set; add 'protected: {benchmark: FILE}'" in str(refused.exception)

    file.write_text(json.dumps(settings | {"protected": {"benchmark": "benchmark.csv"}, "generators": {"deny": ["x"]}}))
    listed = tmp_path / "found.parquet"
    ran = outcross(tmp_path, "corpus", str(file), "--recheck", "-o", str(listed), "--json")
    found = json.loads(ran.stdout)
    assert ran.exit_code == 1 and [each["equal"] for each in found["sets"]] == [2]
    assert found["command"] == f'outcross withdraw people --rows {listed} --reason "copies of a protected set"'
    assert pl.read_parquet(listed)["wage"].to_list() == benchmark["wage"][:2].to_list()
    told = outcross(tmp_path, "corpus", str(file), "--recheck").output
    assert "protected set 'benchmark' (40 rows): 2 rows of the corpus equal one of its rows, 0 nearly do" in told
    shown = outcross(tmp_path, "corpus", str(file)).output
    assert "protected set 'benchmark': no batch came since it was named" in shown and "generators denied: x" in shown

    people(40, 78).write_csv(tmp_path / "benchmark.csv")
    ran = outcross(tmp_path, "corpus", str(file), "--recheck")
    assert ran.exit_code == 0 and "no row of the corpus equals or nearly equals one of its rows" in ran.output
