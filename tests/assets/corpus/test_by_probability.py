"""What cannot be released by its probability is refused with what to do."""

import math
from dataclasses import replace
from typing import Any

import pytest

from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.quarantine.by_probability import GUARD, NOT_LOOKED_INTO, _doubt, plan_release
from outcross.resources.errors import BadInput
from tests.assets.corpus.versions import SECOND

UNREAD: Any = None
"""A corpus that is not looked into before these refusals."""


@pytest.mark.parametrize("below", [0.0, -0.1, 1.01, math.inf, math.nan])
def test_what_is_no_probability_is_refused_before_a_row_is_read(below: float) -> None:
    with pytest.raises(BadInput, match="is no probability to be below; give a number above 0 and at most 1"):
        plan_release(UNREAD, "b1", below=below, alone=True)


def test_a_probability_beside_rows_or_guards_is_refused() -> None:
    with pytest.raises(BadInput, match="a probability chooses rows by itself"):
        plan_release(UNREAD, "b1", below=0.1, alone=False)


def result(guard: str, metric: str) -> GuardResult:
    bounds = {"value": 0.0, "lower": None, "upper": None}
    return GuardResult(guard=guard, metric=metric, group="", passed=True, blocking=False, why="no generator", **bounds)


@pytest.mark.parametrize(
    ("guards", "admitted", "known"),
    [
        ([result(GUARD, NOT_LOOKED_INTO)], 0, True),
        ([result("drift", NOT_LOOKED_INTO), result(GUARD, NOT_LOOKED_INTO)], 0, True),
        ([result(GUARD, "lower_95")], 0, False),
        ([result("drift", NOT_LOOKED_INTO)], 0, False),
        ([result(GUARD, NOT_LOOKED_INTO)], 1, False),
        ([], 0, False),
    ],
)
def test_a_batch_that_was_not_looked_into_says_why_and_any_other_that_its_rows_have_reasons_of_their_own(
    guards: list[GuardResult], admitted: int, known: bool
) -> None:
    said = _doubt(replace(SECOND, guards=tuple(guards), rows_admitted=admitted))
    own = "its rows are held for reasons of their own, or were decided on; choose rows with --row or --guard"
    assert said == ("no generator; or choose rows with --row or --guard" if known else own)
