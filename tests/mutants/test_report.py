"""What a sample of mutants is said to show."""

import tomllib
from pathlib import Path

import pytest

from tests.mutants import report
from tests.mutants.asking import Answer
from tests.mutants.report import EQUIVALENT, Asked, write_report

TOP = Path(__file__).parents[2]


def _asked(line: int, noticed_by: str | None, *, room: str = "verdict") -> Asked:
    mutant = {
        "room": room,
        "file": "a.py",
        "line": line,
        "definition": "f",
        "operator": "AddNot",
        "before": f"if {line}:",
        "after": f"if not {line}:",
    }
    return Asked(mutant, ["tests/test_a.py"], Answer(failed=[noticed_by] if noticed_by else [], seconds=1.0, asked=3))


def test_the_score_is_of_those_that_change_behaviour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = tmp_path / "equivalent.toml"
    known.write_text('[[equivalent]]\nmutant = "a.py f: if 3: → if not 3:"\nreason = "three is three"\n')
    monkeypatch.setattr(report, "EQUIVALENT", known)
    asked = [_asked(1, "test_a"), _asked(2, None), _asked(3, None), _asked(4, "test_b", room="corpus")]
    path = tmp_path / "build" / "mutants.md"
    assert write_report(asked, path, least=0.9) == pytest.approx(2 / 3)
    text = path.read_text(encoding="utf-8")
    assert "| verdict | 3 | 1 | 1 | 50.0% |" in text
    assert "| corpus | 1 | 0 | 1 | 100.0% |" in text
    assert "`a.py:2`" in text
    assert "`a.py:3`" not in text
    assert "asked: tests/test_a.py (3 tests, 1 s)" in text


def test_every_mutant_said_to_be_equivalent_is_of_a_line_that_is_there_and_has_a_reason() -> None:
    for each in tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["equivalent"]:
        place, _, change = each["mutant"].partition(": ")
        lines = (TOP / place.split(" ")[0]).read_text(encoding="utf-8").splitlines()
        assert change.partition(" → ")[0] in {line.strip() for line in lines}, each["mutant"]
        assert len(each["reason"].split()) > 3, each["mutant"]
