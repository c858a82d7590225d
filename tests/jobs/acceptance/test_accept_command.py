"""``outcross accept``, as a user calls it."""

import json
from pathlib import Path

import pytest

from tests.jobs.workplace import Workplace


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def test_results_that_pass_exit_with_zero_and_say_so_in_json(place: Workplace) -> None:
    words = ("--rows", "7", "--generations", "4", "--replicates", "300", "--seed", "5")
    done = place.run("accept", "a13", "A6", *words, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["passed"] == 2
    assert [each["id"] for each in told["results"]] == ["A13", "A6"]
    first = told["results"][0]
    assert first["setting"] == {"rows": 7, "generations": 4, "replicates": 300, "seed": 5, "text": []}
    exact = {line["quantity"]: line["exact"] for line in first["comparisons"]}
    assert exact["E[θ]/θ₀ replace, k=4"] == pytest.approx((7 / 8) ** 4)


def test_a_table_shows_every_quantity_and_what_the_studies_made_is_kept(place: Workplace) -> None:
    words = ("--generations", "3", "--replicates", "200", "--root", str(place.folder / "kept"))
    done = place.run("accept", "A13", *words)
    assert done.returncode == 0, done.stderr
    assert "1 of 1 pass" in done.stdout
    assert "E[θ]/θ₀ replace, k=3" in done.stdout
    assert "control: " in done.stdout
    assert list((place.folder / "kept" / "A13").rglob("part.parquet"))


def test_a_result_that_fails_exits_with_one(place: Workplace) -> None:
    """Two replicates of ten words each cannot tell a generation from the one before."""
    text = place.folder / "short.txt"
    text.write_text("one two three four five six seven eight nine ten " * 40)
    done = place.run("accept", "A8", "--text", str(text), "--rows", "10", "--generations", "2")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAIL" in done.stdout
    assert "not told apart" in done.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("A16",), "no result 'A16'"),
        (("A3", "--rows", "1"), "--rows 1 is too few"),
        (("A8", "--text", "missing.txt"), "missing.txt"),
    ],
)
def test_what_cannot_be_run_exits_with_two_and_says_why(place: Workplace, words: tuple[str, ...], reason: str) -> None:
    done = place.run("accept", *words)
    assert done.returncode == 2, done.stderr
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
