"""Table of ``outcross mix``: what it infers and writes, what it refuses with which remedy, and how it ends."""

import json
import shlex
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.cases.decoded_files import decoded_files
from tests.jobs.cli import mix_place
from tests.jobs.cli.in_process import outcross
from tests.jobs.cli.row import Row, check, misuse, ok
from tests.jobs.workplace import Workplace

pytestmark = pytest.mark.long(seconds=50)

_PLAN = "study file inferred rungs trainings expected_seconds"
_RUN = f"mix real.jsonl pool.csv --learner '{sys.executable} -S"

MIX = [
    ok(mix_place.MIX, "The rows of a mix: outcross take done --share "),
    ok(f"{mix_place.MIX} --json", '"runs": []', '"too_much": ', keys=f"{_PLAN} runs answers report seconds"),
    ok(mix_place.MIX, "is used as it stands", "on the held-out real rows Helps: ", "Worth: ", "take done --share"),
    ok(
        f"{_RUN} good.py' --metric mae --dry-run --test later=later.csv --workers 1 --read null_values=[]",
        "your own program",
        "Expected: about",
        "measured by a trial",
        "later: {path: later.csv, null_values: []}",
        "learner_mae: {absolute: ",
        "Nothing was written.",
    ),
    ok(f"{_RUN} good.py' --time-limit 60 --dry-run --json", "Not used: 'churn'", "mae: lower", keys=f"{_PLAN} text"),
    misuse(f"{_RUN} odd.py'", "wrote 'churn', and no name says which way is better", "--metric churn=higher"),
    misuse(f"{_RUN} silent.py'", 'wrote no metric to {out}; make it write {"metric": number}'),
    misuse(f"{_RUN} good.py' --metric f1=higher", "wrote no 'f1' to {out} (but 'mae', 'churn')", "or correct --metric"),
    misuse(f"{_RUN} lost.py'", "wrote NaN as 'mae', which is no finite number; find out why"),
    misuse(f"{_RUN} hangs.py' --time-limit 0.3", "was killed after 0.3 seconds", "raise --time-limit"),
    misuse(f"{_RUN} absent.py'", "ended with exit code 2; fix the error that it reports", "absent.py"),
    misuse(f"{_RUN} good.py' --metric churn", "say which way is better, --metric churn=higher or churn=lower"),
    misuse("mix real.csv pool.csv --learner 'nowhere go'", "there is no program 'nowhere'", "correct --learner"),
    misuse('mix real.csv pool.csv --learner "\'"', "No closing quotation; close it"),
    misuse("mix real.csv pool.csv --learner ''", "--learner is empty; name a program"),
    misuse("mix real.csv pool.csv --learner x --label y", "--learner and --label name two models"),
    misuse("mix real.csv pool.csv --label y --time-limit 3", "--time-limit is about your own program"),
    misuse("mix real.csv pool.csv --label y --metric a=lower", "--metric is about your own program"),
    misuse("mix real.csv pool.csv --label salary", "has no column 'salary' (it has 'x', 'y', 'kind', 'note')"),
    misuse("mix real.csv pool.csv", "nothing says what to predict; name the column with --label"),
    misuse("mix real.csv unlabelled.csv --label kind", "lacks the column 'y'"),
    misuse("mix real.csv unlabelled.csv --label y", "lacks the column 'y'", "give its rows the same columns"),
    misuse("mix real.csv other.csv --label y", "lacks the column 'x', which the anchor has (it has 'z', "),
    misuse("mix real.csv few.csv --label y --shares 0.5", "lower the share to 0.1", "or less, or add"),
    misuse("mix real.csv real.csv --label y", "none of its 50 rows may be drawn", "name a file of synthetic rows"),
    misuse("mix real.csv absent.csv --label y", "absent.csv"),
    misuse("mix absent.csv pool.csv --label y", "absent.csv"),
    misuse(
        "mix real.csv pool.csv --label y --name taken",
        "taken.yaml exists, and this command did not write it; it is no study",
    ),
    misuse("mix real.csv pool.csv --label y --name done", "done.yaml exists", "'outcross study done.yaml'"),
    misuse("mix real.csv pool.csv --label y --name Done", "'Done' is no name of a study; use lower-case letters"),
    misuse("mix real.csv pool.csv --label y --shares 0.5,x", "write numbers from 0.001 to 0.99"),
    misuse("mix real.csv pool.csv --label y --shares 0", "write numbers from 0.001 to 0.99"),
    misuse("mix real.csv pool.csv --label y --shares 1", "write numbers from 0.001 to 0.99"),
    misuse("mix real.csv pool.csv --label y --test later", "--test 'later': write NAME=PATH"),
    misuse("mix real.csv pool.csv --label y --test later=", "--test 'later=': write NAME=PATH"),
    misuse("mix real.csv pool.csv --label y --test a=1 --test a=2", "--test names 'a' twice; give each its own name"),
    misuse("mix real.csv pool.csv --label y --test later=absent.csv", "absent.csv"),
    misuse("mix real.csv pool.csv --label y --read encoding=x", "--read: 'encoding': "),
    misuse("mix real.csv pool.csv --label y --read 'a=['", "--read a: '[' is not valid YAML at line 1, column 2"),
    misuse("mix real.csv pool.csv --label y --replicates 2", "--replicates", "greater than or equal to 3"),
    misuse("mix real.csv pool.csv --label y --workers 0", "--workers", "greater than or equal to 1"),
    misuse("mix real.csv", "Missing argument 'synthetic'"),
]


@pytest.fixture(scope="module")
def place(mixed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with a finished mix, of which a row may rewrite the views."""
    return Workplace(mixed).copy_to(tmp_path_factory.mktemp("mixed") / "copy").folder


@pytest.mark.parametrize("row", MIX, ids=str)
def test_a_mix_ends_as_its_row_says(place: Path, tmp_path: Path, row: Row) -> None:
    check(row, place, copy=tmp_path / "copy")


def test_each_file_is_decoded_once_before_a_mix_runs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = decoded_files(monkeypatch)
    ran = outcross(place, *["mix", "real.csv", "pool.csv", "--label", "kind", "--test", "later=later.csv", "--dry-run"])
    assert ran.code == 0, ran.said
    assert "classifier, since 'kind' names classes (2)" in ran.said and "kind: label" in ran.said
    assert decoded == {"real.csv": 1, "pool.csv": 1, "later.csv": 1}
    decoded.clear()
    text = (place / "done.yaml").read_text().replace("real.jsonl", "real.csv").replace("study: done", "study: tried")
    (place / "tried.yaml").write_text(text)
    assert outcross(place, *["study", "tried.yaml", "--dry-run"]).code == 0
    (place / "tried.yaml").unlink()
    assert decoded == {"real.csv": 1, "pool.csv": 1}


def test_a_file_that_the_same_command_wrote_is_used_with_what_was_changed_in_it(place: Path, tmp_path: Path) -> None:
    for name in ("real.jsonl", "pool.csv"):
        shutil.copy(place / name, tmp_path)
    text = (place / "done.yaml").read_text()
    assert "ratios: [1]" in text and "replicates: 3 " in text
    (tmp_path / "done.yaml").write_text(text.replace("ratios: [1]", "ratios: [0.5]"))
    ran = outcross(tmp_path, *shlex.split(mix_place.MIX), "--dry-run", "--json")
    assert ran.code == 0, ran.said
    assert [rung["pool_rows"] for rung in ran.json["rungs"]] == [18] and ran.json["expected_seconds"] is None


def test_a_program_that_fails_on_more_rows_than_its_trial_had_exits_with_one_and_is_resumed(place: Path) -> None:
    code, said = json.loads((place / "failed.json").read_text())
    assert code == 1
    end = "ended with exit code 1; fix the error that it reports; the end of its output: no memory is left"
    assert end in " ".join(said.split())
    again = outcross(place, *shlex.split(mix_place.MIX), "--json")
    assert [answer["endpoint"] for answer in again.json["answers"]] == ["learner_mae"]
    assert len(pl.read_parquet(next(place.rglob("learner/gen=01/lineage=augment-1/part.parquet")))) == 3
