"""A team's own learner: what its commands are handed and when, the scores that it may write, and the errors."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter, ValidationError

from outcross.assets.study.learners import AnyLearner, ExternalLearner
from outcross.assets.study.learners.contract import Lesson
from outcross.assets.study.learners.handover import split_validation
from outcross.resources.commands.failure import ExternalError
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema

SCHEMA = Schema((Column(name="size", role=Role.NUMERIC), Column(name="kind", role=Role.LABEL, nullable=True)))
TRAIN, TEST = (
    pl.DataFrame({"size": [start + place for place in range(6)], "kind": ["a", "b", None] * 2}, schema=SCHEMA.polars)
    for start in (0.0, 100.0)
)
READ = """
import json, os, pathlib, sys
def rows_of(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]
"""
LEARN = READ + "model = pathlib.Path(sys.argv[2])\nrows = rows_of(sys.argv[1])\n"
JUDGE = READ + "model, test, out = pathlib.Path(sys.argv[1]), rows_of(sys.argv[2]), sys.argv[3]\n"
MEAN = LEARN + "(model / 'mean').write_text(str(sum(row['size'] for row in rows) / len(rows)))\n"
DISTANCE = JUDGE + (
    "mean = float((model / 'mean').read_text())\n"
    "json.dump({'distance': sum(row['size'] - mean for row in test) / len(test)}, open(out, 'w'))\n"
)


def settings_of(folder: Path, train: str = MEAN, judge: str = DISTANCE, /, **changes: Any) -> dict[str, Any]:
    """Write both programs; return the settings of a learner that runs them."""
    (folder / "train.py").write_text(train)
    (folder / "judge.py").write_text(judge)
    return {
        "kind": "external",
        "train": [sys.executable, "-I", "train.py", "{train}", "{model}", "{seed}"],
        "judge": [sys.executable, "-I", "judge.py", "{model}", "{test}", "{out}"],
        "metrics": {"distance": "lower"},
        "rows": "json_lines",
        **changes,
    }


def learner_of(settings: dict[str, Any], folder: Path) -> ExternalLearner:
    learner = TypeAdapter(AnyLearner).validate_python(settings, context={"base": folder})
    assert isinstance(learner, ExternalLearner)
    return learner


def scores_of(folder: Path, *programs: str, weights: Any = None, **changes: Any) -> dict[str, float]:
    learner = learner_of(settings_of(folder, *programs, **changes), folder)
    given = np.ones(6) if weights is None else np.array(weights)
    trained = learner.train(Lesson(rows=TRAIN, weights=given, schema=SCHEMA, seed=2**40 + 7, replicate=3))
    try:
        return {each.metric: each.value for each in trained.judge(TEST) if not each.about}
    finally:
        trained.close()
        assert not trained.place.exists()


def test_it_is_trained_on_the_rows_and_judged_on_the_holdout(tmp_path: Path) -> None:
    assert scores_of(tmp_path) == {"learner_distance": 100.0}
    weighed = scores_of(tmp_path, weights=[0, 2, 2, 2, 2, 2])
    assert weighed == {"learner_distance": 99.5}, "rows of weight 0 are left out"
    with pytest.raises(BadInput, match="replicate 3 have unequal weights"):
        scores_of(tmp_path, weights=[1, 2, 1, 1, 1, 1])


def test_no_row_of_the_holdout_is_there_before_training_has_ended(tmp_path: Path) -> None:
    look = LEARN + (
        "place = pathlib.Path(sys.argv[1]).parent\n"
        "seen = {each.name: each.read_text() for each in place.rglob('*') if each.is_file()}\n"
        "(model / 'seen').write_text(json.dumps([seen, sys.argv, dict(os.environ)]))\n"
    )
    count = JUDGE + (
        "seen = (model / 'seen').read_text()\n"
        "found = sum(str(row['size']) in seen for row in test)\n"
        "files = sorted(json.loads(seen)[0])\n"
        "json.dump({'found': found, 'rows': len(test), 'alone': files == ['schema.json', 'train.jsonl'] and 1},"
        " open(out, 'w'))\n"
    )
    metrics = dict.fromkeys(["found", "rows", "alone"], "lower")
    assert scores_of(tmp_path, look, count, metrics=metrics) == {
        "learner_found": 0,
        "learner_rows": 6,
        "learner_alone": 1,
    }
    settings = settings_of(tmp_path)
    with pytest.raises(ValidationError, match=r"a learner sees the holdout only when it is judged; .* in 'judge'"):
        learner_of({**settings, "train": [*settings["train"], "{test}"]}, tmp_path)


def test_a_process_that_training_left_behind_does_not_live_to_see_the_holdout(tmp_path: Path) -> None:
    stay = MEAN + (
        "import subprocess\n"
        "left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "(model / 'left').write_text(str(left.pid))\n"
    )
    alive = JUDGE + (
        "state = pathlib.Path(f\"/proc/{(model / 'left').read_text()}/stat\")\n"
        "alive = state.exists() and state.read_text().split()[2] != 'Z'\n"
        "json.dump({'distance': int(alive)}, open(out, 'w'))\n"
    )
    assert scores_of(tmp_path, stay, alive) == {"learner_distance": 0}


def test_rows_for_stopping_early_are_cut_from_the_training_rows_by_seed(tmp_path: Path) -> None:
    count = LEARN + (
        "aside = rows_of(sys.argv[4])\n"
        "(model / 'sizes').write_text(json.dumps([[row['size'] for row in each] for each in (rows, aside)]))\n"
    )
    told = JUDGE + (
        "rows, aside = json.loads((model / 'sizes').read_text())\n"
        "json.dump({'rows': len(rows), 'aside': len(aside), 'all': len({*rows, *aside})}, open(out, 'w'))\n"
    )
    settings = settings_of(tmp_path, count, told, metrics=dict.fromkeys(["rows", "aside", "all"], "lower"))
    train = [*settings["train"], "{validation}"]
    found = scores_of(tmp_path, count, told, train=train, metrics=settings["metrics"], validation=0.34)
    assert found == {"learner_rows": 4, "learner_aside": 2, "learner_all": 6}
    assert scores_of(tmp_path, count, told, train=train, metrics=settings["metrics"])["learner_aside"] == 1
    assert split_validation(6, 0.5, seed=1)[1] == split_validation(6, 0.5, seed=1)[1]
    assert split_validation(6, 0.5, seed=1)[1] != split_validation(6, 0.5, seed=2)[1]
    with pytest.raises(ValidationError, match=r"'validation' is set, but 'train' has no placeholder {validation}"):
        learner_of({**settings, "validation": 0.2}, tmp_path)


def test_it_reads_parquet_with_the_types_of_the_source_by_default(tmp_path: Path) -> None:
    read = (
        "import json, pathlib, sys\nimport polars as pl\n"
        "rows = pl.read_parquet(sys.argv[1])\n"
        "pathlib.Path(sys.argv[2], 'schema').write_text(json.dumps({k: str(v) for k, v in rows.schema.items()}))\n"
    )
    copy = JUDGE.replace(", rows_of(sys.argv[2]),", ", sys.argv[2],") + (
        "types = json.loads((model / 'schema').read_text())\n"
        "json.dump({'distance': int(types == {'size': 'Float64', 'kind': 'String'})}, open(out, 'w'))\n"
    )
    settings = settings_of(tmp_path, read, copy, rows="parquet")
    settings["train"].remove("-I")
    assert scores_of(tmp_path, read, copy, train=settings["train"], rows="parquet") == {"learner_distance": 1}


FAILURES: dict[str, tuple[str, str, str]] = {
    "training fails": ("import sys; sys.exit('no luck today')", "", r"\(train: .*replicate 3: .*exit code 1.*no luck"),
    "training is killed": ("import os; os.kill(os.getpid(), 9)", "", "ended by signal 9"),
    "nothing learned": ("pass", "", r"wrote nothing to {model}; make it write what it learned into that folder"),
    "judging fails": (MEAN, "import sys; sys.exit('ill today')", r"\(judge: .*exit code 1.*ill today"),
    "no scores": (MEAN, "pass", r'wrote no file to {out}; make it write {"distance": number} to that path'),
    "no JSON": (MEAN, JUDGE + "open(out, 'w').write('0.5, I think')", "wrote no JSON to {out}"),
    "a number alone": (MEAN, JUDGE + "open(out, 'w').write('0.5')", "wrote no JSON object to {out}"),
    "another score": (
        MEAN,
        JUDGE + "json.dump({'loss': 1}, open(out, 'w'))",
        r"wrote no 'distance' to {out} \(but 'loss'\); .*or correct 'metrics'",
    ),
    "NaN": (
        MEAN,
        JUDGE + "json.dump({'distance': float('nan')}, open(out, 'w'))",
        "wrote NaN as 'distance', which is no",
    ),
    "text": (
        MEAN,
        JUDGE + "json.dump({'distance': 'far'}, open(out, 'w'))",
        "wrote \"far\" as 'distance', which is no",
    ),
}


@pytest.mark.parametrize(("train", "judge", "reason"), FAILURES.values(), ids=FAILURES)
def test_what_goes_wrong_is_told_with_what_the_program_said_last(
    tmp_path: Path, train: str, judge: str, reason: str
) -> None:
    with pytest.raises(ExternalError, match=reason) as failed:
        scores_of(tmp_path, train, judge)
    assert failed.value.replicate == 3
    assert set(failed.value.files) >= {"reason.txt", "stderr.txt"}


def test_a_learner_that_hangs_is_killed_at_its_time_limit(tmp_path: Path) -> None:
    with pytest.raises(ExternalError, match=r"killed after 0.2 seconds, its 'time_limit'; raise 'time_limit', or make"):
        scores_of(tmp_path, "import time; time.sleep(60)", time_limit=0.2)


def test_a_run_that_failed_is_repeated_from_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outcross.resources.commands.failure.FIRST_PAUSE", 0.0)
    once = MEAN + (
        "again = pathlib.Path('again')\n"
        "assert not (model / 'half').exists()\n"
        "(model / 'half').touch()\n"
        "if not again.exists():\n    again.touch(); sys.exit(1)\n"
    )
    assert scores_of(tmp_path, once, retries=1) == {"learner_distance": 100.0}


def test_scores_that_are_not_declared_are_dropped_with_a_note(tmp_path: Path) -> None:
    more = (
        DISTANCE
        + "print('judged', file=sys.stderr)\nd = json.load(open(out)); json.dump({**d, 'x': 1}, open(out, 'w'))"
    )
    learner = learner_of(settings_of(tmp_path, MEAN, more), tmp_path)
    trained = learner.train(Lesson(rows=TRAIN, weights=np.ones(6), schema=SCHEMA, seed=1))
    assert [each.metric for each in trained.judge(TEST)] == ["learner_distance"]
    assert "judged" in trained.log
    assert "dropped scores that 'metrics' does not declare: 'x'" in trained.log
    trained.close()


def test_what_a_program_writes_is_found_twice_and_never_that_of_an_earlier_time(tmp_path: Path) -> None:
    learner = learner_of(settings_of(tmp_path, MEAN, DISTANCE), tmp_path)
    trained = learner.train(Lesson(rows=TRAIN, weights=np.ones(6), schema=SCHEMA, seed=1))
    first = trained.discover(TEST, None)  # type: ignore[attr-defined]
    assert first == trained.discover(TEST, None) and list(first) == ["distance"]  # type: ignore[attr-defined]
    trained.close()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"train": "python train.py"}, "must be a list of arguments"),
        ({"train": ["python", "{train}", "{seed}"]}, "lacks the placeholder {model}"),
        ({"judge": ["python", "{model}", "{out}"]}, "lacks the placeholder {test}"),
        ({"judge": ["python", "{model}", "{test}", "{out}", "{train}"]}, "none of {model}, {test}, {out}"),
        ({"metrics": {}}, "at least 1"),
        ({"metrics": {"score": "up"}}, "'higher' or 'lower'"),
        ({"metrics": {"My score": "higher"}}, "should match pattern"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        learner_of(settings_of(tmp_path, **changes), tmp_path)


def test_a_program_that_is_not_there_is_refused_with_its_setting(tmp_path: Path) -> None:
    judge = ["./nowhere", "{model}", "{test}", "{out}"]
    with pytest.raises(BadInput, match=r"learner 'external': there is no program './nowhere' in .*correct 'judge'"):
        learner_of(settings_of(tmp_path, judge=judge), tmp_path).check(SCHEMA)


def test_a_declared_score_has_the_direction_and_the_zero_that_it_states(tmp_path: Path) -> None:
    metrics = {"score": "higher", "errors": {"better": "lower", "zero": True, "unit": "errors"}}
    score, errors = learner_of(settings_of(tmp_path, metrics=metrics), tmp_path).endpoints
    assert (score.metric, score.direction, score.has_zero) == ("learner_score", "higher", False)
    assert (errors.metric, errors.direction, errors.has_zero, errors.unit) == (
        "learner_errors",
        "lower",
        True,
        "errors",
    )


def test_the_dump_of_its_settings_is_what_a_study_file_says(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    dumped = learner_of(settings, tmp_path).model_dump(mode="json", by_alias=True)
    assert {key: dumped[key] for key in ("train", "judge")} == {key: settings[key] for key in ("train", "judge")}
    assert learner_of(json.loads(json.dumps(dumped)), tmp_path) == learner_of(settings, tmp_path)
