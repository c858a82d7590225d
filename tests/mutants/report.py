"""What became of a sample of mutants: by room, and the survivors with the tests that were asked."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants.asking import Answer

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
"""Mutants that change nothing that anybody could see, each with its reason."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Mutants of a room: all of them, those that change nothing, and those of the others that tests noticed."""

    all: int
    equivalent: int
    noticed: int

    @property
    def score(self) -> float:
        """The share noticed of those that change something."""
        return self.noticed / max(1, self.all - self.equivalent)


@dataclass(frozen=True)
class Asked:
    """A mutant, the test files that were asked, and their answer."""

    mutant: dict[str, Any]
    tests: list[str]
    answer: Answer

    @property
    def name(self) -> str:
        """What identifies a mutant, although lines move."""
        return "{file} {definition}: {before} → {after}".format(**self.mutant)

    @property
    def noticed(self) -> bool:
        """Whether a test failed."""
        return self.answer.noticed_by is not None

    def __str__(self) -> str:
        place = f"{self.mutant['file']}:{self.mutant['line']}"
        if not self.noticed:
            return f"SURVIVED  {place} {self.mutant['before']} → {self.mutant['after']}"
        return f"noticed   {place} by {self.answer.noticed_by} ({self.answer.seconds:.1f} s)"


def write_report(asked: Sequence[Asked], path: Path, *, least: float) -> float:
    """Write the report; return the share of noticed mutants among those that change behaviour."""
    reasons = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["equivalent"]
    known = {each["mutant"]: each["reason"] for each in reasons}
    tallies = {room: _tally([each for each in asked if each.mutant["room"] == room], known) for room in _rooms(asked)}
    total = _tally(asked, known)
    lines = ["# Mutants", "", "| room | mutants | equivalent | noticed | of those that change behaviour |"]
    lines += [
        "|---|---:|---:|---:|---:|",
        *(_row(room, each) for room, each in tallies.items()),
        _row("**all**", total),
    ]
    lines += ["", f"Asked: at least {least:.0%}.", "", "## Survivors", ""]
    lines += [_survivor(each) for each in asked if not each.noticed and each.name not in known] or ["None."]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return total.score


def _rooms(asked: Sequence[Asked]) -> list[str]:
    return list(dict.fromkeys(each.mutant["room"] for each in asked))


def _tally(asked: Sequence[Asked], known: dict[str, str]) -> Tally:
    equivalent = sum(each.name in known and not each.noticed for each in asked)
    return Tally(all=len(asked), equivalent=equivalent, noticed=sum(each.noticed for each in asked))


def _row(room: str, tally: Tally) -> str:
    return f"| {room} | {tally.all} | {tally.equivalent} | {tally.noticed} | {tally.score:.1%} |"


def _survivor(asked: Asked) -> str:
    mutant, answer = asked.mutant, asked.answer
    how = f"{answer.asked} tests, {answer.seconds:.0f} s" + ("" if answer.all_asked else ", then the time was up")
    return (
        f"- `{mutant['file']}:{mutant['line']}` {mutant['definition']} ({mutant['operator']})\n"
        f"  - `{mutant['before']}`\n  - `{mutant['after']}`\n  - asked: {', '.join(asked.tests)} ({how})"
    )
