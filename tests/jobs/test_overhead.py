"""``outcross bench overhead``: both ways do the same steps, and their times are summarised by turn."""

from pathlib import Path

import pytest

from outcross.assets.study.study import Study
from outcross.jobs.bench import overhead
from outcross.jobs.bench.overhead import run_dagster_lineage, run_plain_lineage, summarise_pairs
from outcross.jobs.files.home import PACKAGE, prepare
from outcross.jobs.files.study_files import load_study
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.jobs.cli.in_process import outcross
from tests.jobs.workplace import make_workplace

pytestmark = pytest.mark.long(seconds=10)

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
    assert not (tmp_path / "home" / "data").exists(), "the store of the home is left alone"


def test_the_ratio_is_the_median_of_the_turns_ratios() -> None:
    summary = summarise_pairs([(1.0, 2.0), (2.0, 2.5), (4.0, 12.0)])
    assert summary == {"plain": 2.0, "dagster": 2.5, "ratio": 2.0}, "not 1.25, the quotient of the medians"


def test_the_command_runs_both_once_before_it_times_them_in_turn_and_prints_a_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, str, bool]] = []

    def plain(study: Study, arm: str, folder: Path) -> None:
        ran.append(("plain", arm, folder.exists()))

    def dagster(study: Study, arm: str, folder: Path) -> None:
        ran.append(("dagster", arm, folder.exists()))

    for name, way in (("run_plain_lineage", plain), ("run_dagster_lineage", dagster), ("_WAYS", (plain, dagster))):
        monkeypatch.setattr(overhead, name, way)
    make_workplace(tmp_path, **TINY)
    words = ("bench", "overhead", "small.yaml", "--arm", "accumulate", "--repeats", "2")
    summary = outcross(tmp_path, *words, "--json").json
    assert list(summary) == ["study", "arm", "repeats", "plain", "dagster", "ratio"]
    assert (summary["study"], summary["arm"], summary["repeats"]) == ("small", "accumulate", 2)
    assert [each[0] for each in ran] == ["plain", "dagster", "plain", "dagster", "dagster", "plain"]
    assert {each[1:] for each in ran} == {("accumulate", False)}, "each in a folder of its own"
