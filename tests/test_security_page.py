"""Each promise of SECURITY.md names tests that there are."""

import re
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
_WORD = re.compile(r"`(?:(?P<path>tests/[\w/]+\.py)|(?:(?P<name>test_\w+)(?P<more>…)?))`")
_FUNCTION = re.compile(r"^\s*def (test_\w+)", re.MULTILINE)


@cache
def functions(path: Path) -> tuple[str, ...]:
    return tuple(_FUNCTION.findall(path.read_text(encoding="utf-8")))


def unfounded(page: str) -> list[str]:
    """Return what a page names and no test is: a file, or a test that the file named before it on its line lacks."""
    lacking = []
    for line in page.splitlines():
        files = sorted(TOP.glob("tests/**/test_*.py"))
        for word in _WORD.finditer(line):
            if word["path"]:
                files = [TOP / word["path"]]
                lacking += [] if files[0].is_file() else [word["path"]]
            elif not any(_is_called(each, word) for path in files if path.is_file() for each in functions(path)):
                lacking.append(word["name"])
    return lacking


def _is_called(function: str, word: re.Match[str]) -> bool:
    return function.startswith(word["name"]) if word["more"] else function == word["name"]


def test_every_test_that_the_page_names_is_there() -> None:
    page = (TOP / "SECURITY.md").read_text(encoding="utf-8")
    assert sum(bool(word["name"]) for word in _WORD.finditer(page)) > 60
    assert unfounded(page) == []


@pytest.mark.parametrize(
    ("line", "lacks"),
    [
        ("`tests/jobs/test_nowhere.py`", ["tests/jobs/test_nowhere.py"]),
        ("`tests/test_security_page.py`: `test_every_test_…`, `test_every_test`", ["test_every_test"]),
        (
            "`tests/test_wheel.py`: `test_every_test_that_the_page_names_is_there`",
            ["test_every_test_that_the_page_names_is_there"],
        ),
        ("`test_every_test_that_the_page_names_is_there`", []),
    ],
)
def test_a_name_that_no_test_has_is_found(line: str, lacks: list[str]) -> None:
    assert unfounded(line) == lacks
