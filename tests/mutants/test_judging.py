"""What is asked of mutants, and of the tests that failed on them."""

from pathlib import Path

import pytest

from tests.mutants.judging import Slot, cheapest_first, judge
from tests.mutants.report import Asked

TEST = """
from outcross.place import MOST

def test_most(): assert MOST == 3
def test_that_fails_anyhow(): assert MOST == 4
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout of one file and its tests."""
    (tmp_path / "src" / "outcross").mkdir(parents=True)
    (tmp_path / "src" / "outcross" / "__init__.py").touch()
    (tmp_path / "src" / "outcross" / "place.py").write_text("MOST = 3\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_place.py").write_text(TEST)
    return tmp_path


def mutant(text: str) -> dict[str, object]:
    place = {"room": "verdict", "file": "src/outcross/place.py", "line": 1, "definition": "module"}
    return place | {"operator": "NumberReplacer", "before": "MOST = 3", "after": text, "text": f"{text}\n"}


def test_a_mutant_is_noticed_by_what_passes_without_it_and_survives_what_does_not_look(copy: Path) -> None:
    told: list[Asked] = []
    mutants = [mutant(text) for text in ("MOST = 2", "MOST = 3.0", "MOST = ")]
    found = judge(
        mutants, [Slot(copy)], lambda _: ["tests/test_place.py"], lambda _: False, seconds=30, tell=told.append
    )
    by = {each.mutant["after"]: each.answer.noticed_by for each in found}
    most, other = (f"tests/test_place.py::{name}" for name in ("test_most", "test_that_fails_anyhow"))
    assert by == {"MOST = 2": most, "MOST = 3.0": None, "MOST = ": "(not collected) tests/test_place.py"}
    assert [each.answer.noticed_by for each in told[:2]] == [most, other], "asked again without the latter"
    assert len(told) == 4
    assert (copy / "src/outcross/place.py").read_text() == "MOST = 3\n"
    assert found[0].answer.asked == 1 and found[0].answer.takes.keys() == {"tests/test_place.py"}


def test_dear_files_are_asked_after_cheap_ones_that_are_nearly_as_near() -> None:
    takes = {"near and dear": 10.0, "cheap": 0.5, "far": 2.0}
    assert cheapest_first(["near and dear", "cheap", "unknown", "far"], takes) == [
        "cheap",
        "unknown",
        "far",
        "near and dear",
    ]
