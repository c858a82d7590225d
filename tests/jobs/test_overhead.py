"""``outcross bench overhead``: both ways do the same steps, and their times are summarised by turn."""

from pathlib import Path

import pytest

from outcross.jobs.bench.overhead import run_dagster_lineage, run_plain_lineage, summarise_pairs
from outcross.jobs.files.home import PACKAGE, prepare
from outcross.jobs.files.study_files import load_study
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.jobs.workplace import make_workplace

pytestmark = pytest.mark.long(seconds=40)

TINY = {"generations": 2, "replicates": 2, "metrics": ["loss"]}
EVALUATIONS = """
    SELECT lineage, generation, replicate, reference, metric, about, value FROM evaluations ORDER BY ALL
"""


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_both_ways_make_the_same_files_and_evaluations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OUTCROSS_INSTANCE", str(tmp_path / "home" / "dagster"))
    monkeypatch.setenv("DAGSTER_HOME", str(PACKAGE))
    prepare()
    study = load_study(make_workplace(tmp_path, **TINY).study)
    run_plain_lineage(study, "accumulate", tmp_path / "plain")
    run_dagster_lineage(study, "accumulate", tmp_path / "dagster")
    plain, dagster = tmp_path / "plain" / "data", tmp_path / "dagster" / "data"
    assert files_in(plain) == files_in(dagster)
    evaluations = [query(Store(str(folder)), EVALUATIONS) for folder in (plain, dagster)]
    assert evaluations[0].height > 0
    assert evaluations[0].equals(evaluations[1])


def test_the_ratio_is_the_median_of_the_turns_ratios() -> None:
    summary = summarise_pairs([(1.0, 2.0), (2.0, 2.5), (4.0, 12.0)])
    assert summary == {"plain": 2.0, "dagster": 2.5, "ratio": 2.0}, "not 1.25, the quotient of the medians"


def test_the_command_prints_a_summary_and_leaves_the_home_store_alone(tmp_path: Path) -> None:
    words = ("bench", "overhead", "small.yaml", "--arm", "accumulate", "--repeats", "1")
    summary = make_workplace(tmp_path, **TINY).run_json(*words)
    assert list(summary) == ["study", "arm", "repeats", "plain", "dagster", "ratio"]
    assert (summary["study"], summary["arm"], summary["repeats"]) == ("small", "accumulate", 1)
    assert not (tmp_path / "home" / "data").exists()
