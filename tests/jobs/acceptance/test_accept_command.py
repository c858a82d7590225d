"""``outcross accept``, run as a user runs it."""

import json
from pathlib import Path

import pytest

from tests.jobs.workplace import Workplace


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def test_results_that_pass_exit_with_zero_and_are_reported_in_json(place: Workplace) -> None:
    words = ("--rows", "7", "--generations", "4", "--replicates", "300", "--seed", "5")
    done = place.run("accept", "a13", "A6", *words, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["passed"] == 2
    assert [each["id"] for each in report["results"]] == ["A13", "A6"]
    first = report["results"][0]
    assert first["setting"] == {"rows": 7, "generations": 4, "replicates": 300, "seed": 5, "text": []}
    exact = {line["quantity"]: line["exact"] for line in first["comparisons"]}
    assert exact["E[θ]/θ₀ replace, k=4"] == pytest.approx((7 / 8) ** 4)


def test_a_table_shows_every_quantity_and_root_keeps_the_stores(place: Workplace) -> None:
    words = ("--generations", "3", "--replicates", "200", "--root", str(place.folder / "kept"))
    done = place.run("accept", "A13", *words)
    assert done.returncode == 0, done.stderr
    assert "1 of 1 pass; a result passes only if its negative control fails." in done.stdout
    assert "E[θ]/θ₀ replace, k=3" in done.stdout
    assert "control: " in done.stdout
    assert list((place.folder / "kept" / "A13").rglob("part.parquet"))


def test_a_result_that_fails_exits_with_one(place: Workplace) -> None:
    """A text of ten word types cannot distinguish the formula of a generation from that of the one before."""
    text = place.folder / "short.txt"
    text.write_text("one two three four five six seven eight nine ten " * 40)
    done = place.run("accept", "A8", "--text", str(text), "--rows", "10", "--generations", "2")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAIL" in done.stdout
    assert "not rejected" in done.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("A16",), "no result 'A16'"),
        (("A3", "--rows", "1"), "--rows 1 is too few"),
        (("A8", "--text", "missing.txt"), "missing.txt"),
    ],
)
def test_an_impossible_request_exits_with_two_and_a_reason(
    place: Workplace, words: tuple[str, ...], reason: str
) -> None:
    done = place.run("accept", *words)
    assert done.returncode == 2, done.stderr
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
