"""What a pipeline asks of a verdict, and when it is not met."""

from typing import Any

import pytest

from outcross.jobs.cli.verdict_gate import unmet

VERDICT: dict[str, Any] = {
    "ladder": "added",
    "endpoint": "loss",
    "primary": True,
    "reference": "holdout",
    "decided": True,
    "lower_95": 0.2,
}
OPEN = {**VERDICT, "decided": False, "lower_95": None}


@pytest.mark.parametrize(
    ("verdict", "asked", "lacks"),
    [
        (VERDICT, {"decided": True, "min_share": 0.2}, []),
        (VERDICT, {"decided": False, "min_share": 0.21}, ["safe up to 0.2, below 0.21"]),
        (OPEN, {"decided": True, "min_share": None}, ["not decided"]),
        (OPEN, {"decided": False, "min_share": 0.0}, ["not decided"]),
        (OPEN, {"decided": False, "min_share": None}, []),
        ({**OPEN, "primary": False}, {"decided": True, "min_share": 1.0}, []),
        ({**OPEN, "reference": "later"}, {"decided": True, "min_share": 1.0}, []),
        ({**VERDICT, "lower_95": 0.0}, {"decided": True, "min_share": 0.1}, ["safe up to 0, below 0.1"]),
    ],
)
def test_the_primary_verdict_on_the_holdout_has_to_be_what_was_asked(
    verdict: dict[str, Any], asked: dict[str, Any], lacks: list[str]
) -> None:
    assert unmet([verdict], **asked) == [f"ladder 'added', endpoint 'loss': {each}" for each in lacks]
