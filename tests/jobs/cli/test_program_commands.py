"""Tables of the commands about the program: the UI, the acceptance results, the benchmark, and the options of all."""

import dataclasses
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import duckdb
import polars as pl
import pytest

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.child import ChildFailed
from outcross.jobs.bench.row import Criterion, Finding
from outcross.jobs.bench.rows import ROWS as BENCHES
from outcross.jobs.calibration.tables import CALIBRATIONS
from outcross.jobs.cli.exit_codes import MEANINGS, ExitCode
from outcross.jobs.cli.offered import commands
from outcross.resources import sql_answer
from outcross.resources.errors import BadInput, OutcrossError
from tests.jobs.cli.in_process import outcross
from tests.jobs.cli.parser import options_of
from tests.jobs.cli.row import Row, check, misuse, ok, problem
from tests.jobs.workplace import make_workplace

_NO_SHORTER = "greater than or equal to 1"
_SIZES = "--rows 7 --generations 3 --replicates 100 --seed 5 --processes 1"

ACCEPTED = ok(f"accept a13 A6 {_SIZES} --root kept --json", '"passed": 2', keys="passed results", changes=True)
UI = [
    misuse("ui --port 0", "--port", _NO_SHORTER),
    misuse("ui --port 65536", "--port", "less than or equal to 65535"),
    misuse("ui --port http", "--port", "valid integer"),
    misuse("ui 3000", "unexpected extra argument"),
]
ACCEPT = [
    problem(
        "accept A8 --text short.txt --rows 10 --generations 2 --processes 1",  # ten types tell no formula from another
        "FAIL",
        "control: ",
        "not rejected",
        "0 of 1 pass; a result passes only if its negative control fails, where it has power.",
    ),
    misuse("accept A8 --text absent.txt", "absent.txt"),
    misuse("accept A18", "no result 'A18'; choose from A1, A2"),
    misuse("accept A13 ''", "no result ''; choose from"),
    misuse("accept A6 --rows 3", "A6: --rows 3 is too few; use at least 4"),
    misuse("accept A13 --rows 1", "--rows", "greater than or equal to 2"),
    misuse("accept A13 --generations 1", "--generations", "greater than or equal to 2"),
    misuse("accept A13 --replicates 49", "--replicates 49 is too few; use at least 50"),
    misuse("accept A13 --replicates 0", "--replicates", _NO_SHORTER),
    misuse("accept A13 --seed -1", "--seed", "greater than or equal to 0"),
    misuse("accept A13 --processes 0", "--processes", _NO_SHORTER),
]
_FEW = "calibrate --family linear --studies 20 --compared 20"
CALIBRATE = [
    ok(
        f"{_FEW} --seed 1 --json",
        '"replicates": 20',
        '"truth": 0.',
        '"covers": true',
        keys="lowest_coverage cells refined arms",
    ),
    ok(f"{_FEW} --seed 1 --write marked.md", "linear", "covers now", "covers refined", "told apart", changes=True),
    ok("calibrate --family briefly --studies 20 --json", '"holds": true', keys="lowest_coverage benefit"),
    problem(f"{_FEW} --seed 2", "3 of 9 limits cover in less than 93 %: linear, δ=0.1, 3 rungs, 10 replicates"),
    problem(f"{_FEW} --seed 11", "of 6 intervals of compared arms fail: linear, shares"),
    misuse("calibrate --family cubic", "no family has 'cubic' in its name; choose from Gaussian mean, Gaussian W2"),
    misuse("calibrate --family linear --write short.txt", "short.txt has no marks for the tables; add the lines"),
    misuse("calibrate --family linear --write absent.md", "absent.md has no marks for the tables; add the lines"),
    misuse("calibrate --studies 19", "--studies", "greater than or equal to 20"),
    misuse("calibrate --compared 19", "--compared", "greater than or equal to 20"),
    misuse("calibrate --seed -1", "--seed", "greater than or equal to 0"),
]
OVERHEAD = [
    misuse("bench overhead nowhere", "no study is named 'nowhere'"),
    misuse("bench overhead small.yaml --arm unheard", "has no lineage 'unheard'; choose from"),
    misuse("bench overhead small.yaml --repeats 0", "--repeats", _NO_SHORTER),
]
MEASURED = [name for name in BENCHES if name != "overhead"]
"""The benchmark's rows; ``overhead`` has a command of its own."""
BENCH = [
    row
    for name in ("bench", *(f"bench {each}" for each in MEASURED))
    for row in (
        ok(
            f"{name} --repeats 2 --data table.csv --label y --json",
            '"repeats": 2',
            keys="machine peers data threads repeats rows met",
        ),
        ok(f"{name} --write page.md", "every target is met", "page: page.md", changes=True),
        misuse(f"{name} --repeats 0", "--repeats", _NO_SHORTER),
        misuse(f"{name} --data absent.csv --label y", "--data absent.csv: no such file; check the path"),
        misuse(f"{name} --data table.csv", "needs --label; name the column"),
        misuse(f"{name} --label y", "--label has no effect without --data"),
        misuse(f"{name} --write small.yaml/page.md", "small.yaml/page.md cannot be written", "choose another file"),
        misuse(f"{name} --write folder", "folder is a folder or lies in one that cannot be written"),
    )
]
BEFORE_A_ROW = [
    misuse(f"bench {option} shapes", f"{option.split()[0]} is before the row's name; write: outcross bench shapes")
    for option in ("--repeats 2", "--data table.csv", "--label y", "--write page.md", "--json")
]
WRONG = [
    misuse("dance", "No such command 'dance'"),
    misuse("--dance", "No such option: --dance"),
    misuse("quarantine dance", "No such command 'dance'"),
    misuse("bench dance", "No such command 'dance'"),
    *(misuse(f"{name} --dance", "No such option: --dance") for name in commands()),
]
ROWS = [*UI, ACCEPTED, *ACCEPT, *CALIBRATE, *OVERHEAD, *BENCH, *BEFORE_A_ROW, *WRONG]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_workplace(tmp_path_factory.mktemp("program")).folder
    (folder / "short.txt").write_text("one two three four five six seven eight nine ten " * 40)
    pl.DataFrame({"x": [1, 2], "y": ["a", "b"]}).write_csv(folder / "table.csv")
    places = "\n".join(f"{each.marks[0]}\nan earlier table\n{each.marks[1]}" for each in CALIBRATIONS)
    (folder / "marked.md").write_text(f"before\n{places}\nafter\n")
    (folder / "folder").mkdir()
    return folder


FINDINGS = {
    "met": Finding([Criterion.at_least("times faster", 10.0, 10.0), Criterion("growth", "", 2.0, None)], []),
    "missed": Finding([Criterion.at_least("times faster", 9.9, 10.0)], []),
    "one of two missed": Finding([Criterion.at_most("MB", 1.0, 2.0), Criterion.at_most("s", 3.0, 2.0)], []),
    "not a number": Finding([Criterion.at_most("s", float("nan"), 2.0)], []),
}


def measure_at_once(monkeypatch: pytest.MonkeyPatch, finding: Finding | None) -> None:
    """Give every row of the benchmark a finding without a measurement, which takes minutes; or a failure."""

    def measure(bench: Bench) -> Finding:
        if finding is None:
            raise ChildFailed("it was killed")
        return finding

    for name, row in list(BENCHES.items()):
        monkeypatch.setitem(BENCHES, name, dataclasses.replace(row, measure=measure, peers=False))


@pytest.fixture(autouse=True)
def _cores() -> Iterator[None]:
    before = os.sched_getaffinity(0)
    yield
    assert os.sched_getaffinity(0) == before, "a benchmark gives the cores back"


def test_a_calibration_takes_the_place_of_the_one_that_a_page_has(place: Path, tmp_path: Path) -> None:
    page = tmp_path / "science.md"
    page.write_text((place / "marked.md").read_text())
    assert outcross(place, *f"{_FEW} --seed 1 --write {page}".split()).code == ExitCode.SUCCESS
    text = page.read_text()
    # No pool is of this family, so that its table stays.
    assert text.startswith("before\n") and text.endswith("after\n") and text.count("an earlier table") == 1
    assert text.count("| linear | 0.1 |") == 9 + 3 and "20 simulated studies a line" in text


@pytest.mark.parametrize("row", [*UI, *ACCEPT, *CALIBRATE, *OVERHEAD, *BEFORE_A_ROW, *WRONG], ids=str)
def test_a_command_about_the_program_ends_as_its_row_says(place: Path, tmp_path: Path, row: Row) -> None:
    check(row, place, copy=tmp_path / "copy")


@pytest.mark.parametrize("row", BENCH, ids=str)
def test_a_benchmark_ends_as_its_row_says(
    place: Path, tmp_path: Path, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure_at_once(monkeypatch, FINDINGS["met"])
    check(row, place, copy=tmp_path / "copy")


MISSED = [problem(f"{each} --json", '"met": false') for each in ("bench", *(f"bench {name}" for name in MEASURED))]


@pytest.mark.parametrize("finding", [*(name for name in FINDINGS if name != "met"), None])
def test_a_benchmark_exits_with_one_if_a_target_is_missed_or_a_measurement_fails(
    place: Path, monkeypatch: pytest.MonkeyPatch, finding: str | None
) -> None:
    measure_at_once(monkeypatch, FINDINGS[finding] if finding else None)
    where = f"({finding or 'a measurement that fails'})"
    for row in MISSED if finding == "missed" else MISSED[:2]:
        check(row, place, where=where)
    assert "missed: shapes" in check(problem("bench shapes"), place, where=where).said


@pytest.mark.parametrize("name", MEASURED)
def test_a_row_whose_peers_are_not_installed_names_the_remedy(place: Path, name: str) -> None:
    if BENCHES[name].peers:
        check(
            misuse(f"bench {name}", "there are no peers to compare with; run: make peers", OUTCROSS_PEERS="none"), place
        )


def test_a_result_has_the_setting_of_the_options_and_keeps_its_store(place: Path, tmp_path: Path) -> None:
    ran = check(ACCEPTED, place, copy=tmp_path / "copy")
    first, second = ran.json["results"]
    assert (first["id"], second["id"]) == ("A13", "A6")
    assert first["setting"] == {"rows": 7, "generations": 3, "replicates": 100, "seed": 5, "text": []}
    exact = {line["quantity"]: line["exact"] for line in first["comparisons"]}
    assert exact["E[θ]/θ₀ replace, k=3"] == pytest.approx((7 / 8) ** 3)
    assert list((tmp_path / "copy" / "kept" / "A13").rglob("part.parquet"))


@pytest.fixture
def heard() -> Iterator[None]:
    """Ctrl-C is heard, also where a shell started the tests in the background and has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
def test_ctrl_c_ends_a_query_with_130_and_says_how_to_go_on(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes before DuckDB has begun; that a running study hears the signal itself is shown with the studies."""
    real, ended = sql_answer._fetch, list[str]()

    def fetch(answer: duckdb.DuckDBPyRelation, bounds: sql_answer.Bounds) -> pl.DataFrame:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            return real(answer, bounds)
        except duckdb.Error as error:
            ended.append(type(error).__name__)
            raise

    monkeypatch.setattr(sql_answer, "_fetch", fetch)
    ran = outcross(place, "sql", "select sum(a.range + b.range) from range(400000) a, range(100000) b")
    assert ran.code == ExitCode.INTERRUPTED and ended == ["InterruptException"]
    assert ran.said == "outcross: interrupted; run the same command again to resume"


def test_ctrl_c_while_the_thread_of_a_query_starts_ends_it_too(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Thread):
        def start(self) -> None:
            super().start()
            raise KeyboardInterrupt

    monkeypatch.setattr(sql_answer, "Thread", Interrupted)
    ran = outcross(place, "sql", "select sum(a.range + b.range) from range(400000) a, range(100000) b")
    assert ran.code == ExitCode.INTERRUPTED
    assert ran.said == "outcross: interrupted; run the same command again to resume"


def test_the_help_lists_every_exit_code_with_its_meaning(place: Path) -> None:
    ran = outcross(place, "--help")
    assert ran.code == ExitCode.SUCCESS
    for code, meaning in MEANINGS.items():
        assert f"{code:d}: {meaning}" in ran.said
    assert set(MEANINGS) == set(ExitCode)
    assert (OutcrossError.exit_code, BadInput.exit_code) == (ExitCode.PROBLEM, ExitCode.MISUSE)
    assert issubclass(BadInput, ValueError), "pydantic reports it as an error of the key"


def test_an_answer_in_json_is_one_line_on_standard_output_and_nothing_else(place: Path) -> None:
    for name, options in options_of().items():
        if "--json" in options:
            assert "print one JSON object and nothing else" in " ".join(
                outcross(place, *name.split(), "--help").said.split()
            )
    ran = outcross(place, "sql", "select 1 as one", "--json")
    assert (ran.out.count("\n"), ran.err, json.loads(ran.out)) == (1, "", {"columns": ["one"], "rows": [[1]]})
