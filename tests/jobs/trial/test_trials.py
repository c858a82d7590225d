"""Trials of a study before it runs: the line through two of them, what is said of it, and how often files are read."""

from pathlib import Path

import pytest

from outcross.jobs.trial.duration import bytes_in_words, in_words
from outcross.jobs.trial.line import Line
from outcross.resources.sources.files import Files
from outcross.resources.sources.read_once import reading_once
from tests.cases.decoded_files import decoded_files


def test_a_cost_lies_on_the_line_through_both_trials_and_falls_nowhere() -> None:
    assert [Line.through((1, 2.0), (3, 4.0)).at(count) for count in (1, 3, 9)] == [2.0, 4.0, 10.0]
    assert Line.through((4, 8.0), (4, 8.0)) == Line(fixed=0.0, each=2.0)
    assert Line.through((100, 1.0), (400, 0.9)) == Line(fixed=0.9, each=0.0)
    assert Line.through((1, 1.0), (2, 4.0)) == Line(fixed=0.0, each=3.0), "a cost that grows faster starts at nothing"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 seconds"), (89, "89 seconds"), (91, "1.5 minutes"), (5_400, "1.5 hours"), (200_000, "2.3 days")],
)
def test_a_duration_is_said_in_the_unit_that_fits_it(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(900, "900 bytes"), (1_600, "1.6 kB"), (134_000_000, "130 MB"), (2.26e9, "2.3 GB")]
)
def test_a_size_is_said_in_two_digits(count: float, words: str) -> None:
    assert bytes_in_words(count) == words


def test_a_file_that_changes_is_decoded_again_and_so_is_one_outside_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = decoded_files(monkeypatch)
    path = tmp_path / "rows.csv"
    path.write_text("x,kind\n1.5,a\n2.5,b\n")
    with reading_once():
        first = Files(path=str(path)).load()
        again = Files(path=str(path), columns={"kind": "ignore"}).load()
        assert (first.rows.columns, again.rows.columns, reads["rows.csv"]) == (["x", "kind"], ["x"], 2)
        assert Files(path=str(path), columns={"kind": "label"}).load().rows.equals(first.rows)
        assert reads["rows.csv"] == 2
        path.write_text("x,kind\n1.5,a\n2.5,b\n3.5,c\n")
        assert Files(path=str(path)).load().rows.height == 3
    Files(path=str(path)).load()
    assert reads["rows.csv"] == 4
