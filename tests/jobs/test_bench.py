"""``outcross bench``: programs in fresh processes, the ratios of their times, and the page of results."""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from outcross.jobs.bench.bench import Bench, open_bench
from outcross.jobs.bench.child import ChildFailed, Program, Run, run_child
from outcross.jobs.bench.page import format_number, write_page
from outcross.jobs.bench.ratios import median_ratio, median_value, peak
from outcross.jobs.bench.row import Criterion, Finding, Row, Side
from outcross.jobs.bench.rows import ROWS, cohort, guard, ingest, study_cost
from outcross.jobs.bench.running import Outcome, Report
from outcross.jobs.bench.tables import Tables
from outcross.jobs.cli import bench as command_line
from outcross.resources.errors import BadInput
from tests.jobs.command_server import run_forked
from tests.jobs.workplace import make_workplace

pytestmark = pytest.mark.long(seconds=60)

SPINS = """
import sys, time
from outcross.jobs.bench.task import run
def work(job, clock):
    memory = bytearray(job["megabytes"] * 10**6)
    with clock("one"):
        time.sleep(0.01)
    with clock("two"):
        end = time.process_time() + job["seconds"]
        while time.process_time() < end:
            pass
    return {"bytes": len(memory)}
run(work)
"""


def make_run(seconds: float, peak_mb: float = 1.0) -> Run:
    return Run({"work": seconds}, {}, seconds, seconds, peak_mb)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of modules that a test writes and runs."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def program(folder: Path, name: str, text: str, **job: float) -> Program:
    (folder / f"{name}.py").write_text(text)
    return Program(name, Path(sys.executable), name, job)


def test_tables_are_those_named_else_adult_in_the_folder_of_test_data_else_the_bundled_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.parquet").write_bytes(b"")
    monkeypatch.delenv("OUTCROSS_TEST_DATA", raising=False)
    assert Tables.choose(None, None).path is None
    monkeypatch.setenv("OUTCROSS_TEST_DATA", str(tmp_path))
    assert Tables.choose(None, None).path is None
    (tmp_path / "adult.parquet").write_bytes(b"")
    assert Tables.choose(None, None).path == tmp_path / "adult.parquet"
    assert Tables.choose(tmp_path / "mine.parquet", "label").path == tmp_path / "mine.parquet"
    monkeypatch.setenv("OUTCROSS_TEST_DATA", str(tmp_path / "absent"))
    with pytest.raises(BadInput, match=r"OUTCROSS_TEST_DATA is .*absent.*set it to one, unset it, or give --data"):
        Tables.choose(None, None)


def test_a_run_records_the_programs_time_memory_and_values(programs: Path) -> None:
    small = run_child(program(programs, "small", SPINS, megabytes=1, seconds=0.1), programs / "a", threads=1)
    large = run_child(program(programs, "large", SPINS, megabytes=300, seconds=0.1), programs / "b", threads=1)
    assert set(small.stretches) == {"one", "two"}
    assert small.seconds == pytest.approx(sum(small.stretches.values()))
    assert small.wall > small.seconds, "starting Python is outside the work"
    assert small.cpu >= 0.1
    assert large.values == {"bytes": 300 * 10**6}
    assert large.peak_mb > 300


def test_the_threads_of_every_library_are_fixed(programs: Path) -> None:
    asks = (
        "import os\nfrom outcross.jobs.bench.task import run\n"
        "counts = {name: value for name, value in os.environ.items() if name.endswith('THREADS')}\n"
        "run(lambda job, clock: counts | {'job': job['threads']})"
    )
    values = run_child(program(programs, "asks", asks), programs / "a", threads=3).values
    assert values.pop("job") == 3
    assert {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS", "OUTCROSS_THREADS"} <= set(values)
    assert set(values.values()) == {"3"}


def test_the_error_of_a_failed_program_contains_its_output(programs: Path) -> None:
    with pytest.raises(ChildFailed, match=r"(?s)broken \(broken\) ended with status 1.*ZeroDivisionError"):
        run_child(program(programs, "broken", "1 / 0"), programs / "a", threads=1)


def test_the_error_of_a_killed_program_names_memory_and_a_remedy(programs: Path) -> None:
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(ChildFailed, match="was killed, probably because memory ran out; free memory and run it again"):
        run_child(program(programs, "killed", killed), programs / "a", threads=1)


def test_programs_alternate_on_the_same_cores(programs: Path) -> None:
    before, seen = os.sched_getaffinity(0), []
    asks = (
        "import os\nfrom outcross.jobs.bench.task import run\n"
        "run(lambda job, clock: {'cores': sorted(os.sched_getaffinity(0))})"
    )
    with open_bench(repeats=2, data=None, label=None) as bench:
        pair = [program(programs, name, asks) for name in ("first", "second")]
        turns = bench.with_watch(lambda label, run: seen.append(label) if run else None).alternate(*pair)
    assert seen == ["first 1/2", "second 1/2", "first 2/2", "second 2/2"]
    assert all(each.values["cores"] == sorted(before)[:2] for turn in turns for each in turn)
    assert os.sched_getaffinity(0) == before


def test_a_ratio_is_the_median_of_the_turns_ratios() -> None:
    turns = [(make_run(1), make_run(10)), (make_run(2), make_run(10)), (make_run(5), make_run(10))]
    assert median_ratio(turns, over=1, under=0) == 5
    assert median_value(turns, 0) == 2
    assert median_ratio([(make_run(1, 3), make_run(1, 12))], over=1, under=0, of=peak) == 4


@pytest.mark.parametrize(
    ("criterion", "met"),
    [
        (Criterion.at_least("", 10, 10), True),
        (Criterion.at_least("", 9.99, 10), False),
        (Criterion.at_least("", float("nan"), 10), False),
        (Criterion.at_most("", 0.01, 0.01), True),
        (Criterion.at_most("", 0.011, 0.01), False),
        (Criterion.at_most("", float("nan"), 0.01), False),
    ],
)
def test_a_target_includes_its_bound_and_is_never_met_by_nan(criterion: Criterion, met: bool) -> None:
    assert criterion.met is met
    assert Finding([criterion], []).met is met


def report(finding: Finding) -> Report:
    row = Row(name="shapes", work="something", peer="nobody", about="About it.", measure=lambda _: finding, peers=False)
    return Report(
        {"processor": "p", "cores": "2", "memory": "1 GiB", "system": "s"}, {}, {}, 2, 3, [Outcome(row, finding)]
    )


def test_the_page_names_missed_targets(tmp_path: Path) -> None:
    side = Side(name="Outcross", seconds=1.5, wall=2, cpu=2, peak_mb=100, values={"score": 0.25})
    missed = Finding([Criterion.at_least("times faster", 9.2, 10)], [side], ["A note."])
    write_page(report(missed), tmp_path / "docs" / "page.md")
    page = (tmp_path / "docs" / "page.md").read_text()
    assert "| times faster | ≥ 10 | 9.2 | **missed** |" in page
    assert "Targets are missed in: shapes." in page
    assert "| Outcross | 1.5 | 2 | 2 | 100 | 0.2500 |" in page
    assert "A note." in page
    assert [each.name for each in (tmp_path / "docs").iterdir()] == ["page.md"], "no partial file remains"
    write_page(report(Finding([Criterion.at_least("times faster", 11, 10)], [side])), tmp_path / "docs" / "page.md")
    assert "Every target is met." in (tmp_path / "docs" / "page.md").read_text()


def test_a_row_whose_measurement_failed_counts_as_missed(tmp_path: Path) -> None:
    failed = report(Finding([], [], failure="it was killed"))
    assert not failed.met
    write_page(failed, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    assert "measurement failed | | | **missed** |" in page
    assert "The measurement failed:\n\n```text\nit was killed\n```" in page


@pytest.mark.parametrize(
    ("number", "words"), [(1234.5, "1,234"), (12.345, "12.3"), (0.5, "0.500"), (0.00123, "0.0012"), (0.0, "0.000")]
)
def test_numbers_are_formatted_with_two_or_three_digits(number: float, words: str) -> None:
    assert format_number(number) == words


def test_the_command_line_lists_every_row() -> None:
    assert [*command_line._ROWS] == [name for name in ROWS if name != "overhead"]


SMALL_STUDY = {"rows": 100, "replicates": 1, "metrics": ["loss"], "generator": {"kind": "copula", "draws": 2}}


@dataclass(frozen=True)
class ForkedBench(Bench):
    """Runs our programs in processes that are forked from one with their imports."""

    def run(self, program: Program, suffix: str = "") -> Run:
        folder = self.folder / f"{next(self._counter)}"
        folder.mkdir()
        job, result = folder / "job.json", folder / "result.json"
        job.write_text(json.dumps({**program.job, "threads": 1, "result": str(result), "folder": str(folder)}))
        words = [program.module, str(job)]
        ran = run_forked(words, folder=folder, environment=os.environ, program=f"{__name__}:run_program")
        assert ran.returncode == 0, ran.stderr
        return Run(**json.loads(result.read_text()), wall=1.0, cpu=1.0)


def run_program() -> None:
    """Run the module that the command line names, as ``python -m`` does."""
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with open_bench(repeats=1, data=None, label=None) as bench:
        yield ForkedBench(bench.folder, 1, bench.repeats, bench.data)


def test_replicates_fitted_together_have_the_losses_of_those_fitted_one_by_one(bench: Bench) -> None:
    found = cohort.measure(bench, rows=300, replicates=2, steps=3, generators=["autoregressive"])
    by_name = {each.what: each for each in found.criteria}
    assert by_name["largest difference of a replicate's loss, nats"].met
    assert len(found.sides) == 2


def test_the_cost_of_a_study_is_measured_for_each_size(bench: Bench) -> None:
    found = study_cost.measure(bench, base={"generations": 2}, times=[2], settings=SMALL_STUDY, checks=False)
    assert [each.name for each in found.sides] == ["base", "2 × generations"]
    assert all(each.seconds > 0 for each in found.sides)
    assert [each.what for each in found.criteria] == ["time, generations doubled", "memory, generations doubled"]


def test_the_guards_are_compared_with_expectations_on_all_rows(bench: Bench) -> None:
    found = guard.measure(bench, sizes=[1_000])
    assert [each.name for each in found.sides] == ["Outcross, 1,000 rows", "Great Expectations, pandas engine"]
    assert all(each.seconds > 0 and each.values["expectations"] > 50 for each in found.sides)
    assert [each.what for each in found.criteria] == ["times faster", "peak memory over 1,000 rows, MB"]


def test_batches_are_timed_from_the_file_to_the_ledger(bench: Bench) -> None:
    found = ingest.measure(bench, sizes=[500, 1_000])
    assert [each.name for each in found.sides] == ["500 rows", "1,000 rows"]
    assert all(each.values["admitted"] > 400 for each in found.sides)
    assert [each.what for each in found.criteria] == [
        "growth of the time ÷ growth of the rows",
        "peak memory over 1,000 rows, MB",
    ]


def test_planted_near_copies_are_all_found(bench: Bench) -> None:
    documents = bench.ours("documents", rows=600, to=str(bench.folder))
    drawn = Bench.run(bench, documents).values  # in a process that Python starts
    found = bench.run(bench.ours("near_duplicates", **drawn)).values
    assert found["planted"] > 40
    assert found["recall"] == 1.0


def test_the_frontier_of_vectors_has_an_area(bench: Bench) -> None:
    drawn = bench.run(bench.ours("vectors", rows=300, dimensions=4, to=str(bench.folder))).values
    assert 0 < bench.run(bench.ours("frontier", seed=1, **drawn)).values["area"] < 1


def test_the_error_without_peers_names_the_remedy(tmp_path: Path) -> None:
    workplace = make_workplace(tmp_path)
    environment = {**workplace.environment, "OUTCROSS_PEERS": str(tmp_path / "none")}
    refused = subprocess.run(
        workplace.command("bench", "shapes"), env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "run: make peers" in refused.stderr
