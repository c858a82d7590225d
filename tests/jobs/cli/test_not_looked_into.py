"""What no guard could look into is told on the terminal, beside the reasons against a batch."""

import pytest

from outcross.assets.corpus.intake.outcome import Outcome
from outcross.jobs.cli.ingest import _print_outcomes


def test_an_ingest_tells_what_was_not_looked_into(capsys: pytest.CaptureFixture[str]) -> None:
    told = ("near_duplicates: texts are not compared",)
    _print_outcomes([Outcome(status="admitted", batch="b", file="march.jsonl", not_looked_into=told)], "people")
    printed = " ".join(capsys.readouterr().out.split())
    assert "• march.jsonl: not looked into: near_duplicates: texts are not compared" in printed


@pytest.mark.parametrize(
    ("field", "opening"),
    [
        ("reasons", ""),
        ("explained", "cause: "),
        ("marks", "marked: "),
        ("held_rows", "held: "),
        ("observed", "would have been held: "),
        ("warnings", "warning: "),
    ],
)
def test_an_ingest_tells_every_kind_of_finding(field: str, opening: str, capsys: pytest.CaptureFixture[str]) -> None:
    _print_outcomes(
        [Outcome(status="admitted", batch="b", file="may.csv", **{field: ("range: one", "drift: two")})], "people"
    )
    printed = " ".join(capsys.readouterr().out.split())
    assert f"• may.csv: {opening}range: one" in printed
    assert f"• may.csv: {opening}drift: two" in printed
