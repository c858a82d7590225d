"""What the command line refuses, as the record of its tables has it: the place, the command, and the words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tests.jobs.cli import (
    test_corpus_commands,
    test_init_commands,
    test_mix_commands,
    test_program_commands,
    test_study_commands,
)
from tests.jobs.cli.printed import known_as, recorded
from tests.jobs.cli.row import Row

STUDIES, CORPORA, MIXES, FILES, PROGRAM = "a finished study", "a corpus", "a finished mix", "files", "a new study"
"""The places that commands run in."""
TABLES: Mapping[str, Sequence[Row]] = {
    STUDIES: test_study_commands.ROWS,
    CORPORA: test_corpus_commands.ROWS,
    MIXES: test_mix_commands.MIX,
    FILES: test_init_commands.INIT,
    PROGRAM: test_program_commands.ROWS,
}
_COMMAND = re.compile(
    r"(?<![\w/.<])(?<!by )outcross ((?:[a-z][\w-]*)(?: (?!to see|shows|printed|prints|lists|-->)[^\s';,)]+)*)"
)
"""A command in a message, up to a quotation mark, to punctuation, or to what the message says of it."""


@dataclass(frozen=True)
class Refusal:
    """A command that did not succeed.

    Attributes:
        place: it ran in.
        row: its words, with what environment and way tell it apart.
        code: it ended with.
        said: all that it printed.
    """

    place: str
    row: str
    code: int
    said: str

    @property
    def is_of_the_parser(self) -> bool:
        """Whether the words themselves were no command of the help."""
        return self.said.startswith("Usage: ")

    def commands(self) -> list[str]:
        """Return the commands that it names, without the name of the program."""
        named = self.said.partition(" Error ")[0].partition(" Try ")[2] if self.is_of_the_parser else self.said
        return list(dict.fromkeys(found.rstrip(".:") for found in _COMMAND.findall(named)))


@cache
def rows_of(place: str) -> Mapping[str, Row]:
    """Return the rows of a place, by the words that the record knows them by."""
    return {known_as(str(row)): row for row in TABLES[place]}


@cache
def refusals() -> tuple[Refusal, ...]:
    """Return everything of the record that did not end with 0."""
    found = []
    for key, said in recorded().items():
        row, _, code = key.rpartition(" → ")
        if int(code):
            place = next((each for each in TABLES if row in rows_of(each)), PROGRAM)
            found.append(Refusal(place=place, row=row, code=int(code), said=said))
    return tuple(found)


def is_shown(place: str, command: str) -> bool:
    """Whether a row of the tables has run a command in a place, and it succeeded."""
    return known_as(command) in rows_of(place) and f"{known_as(command)} → 0" in recorded()
