"""What a result says of a batch: why it failed, what was not looked into, and that row-level guards block no batch."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from outcross.assets.corpus.guards.guards import GUARDS, PICTURE_GUARDS, TEXT_GUARDS
from outcross.assets.corpus.guards.measures.texts import FEWEST_ROWS
from outcross.assets.corpus.intake.batch_checks import (
    Admission,
    _of_rows,
    _unmeasured,
    _why,
    list_not_looked_into,
)
from outcross.assets.corpus.intake.staged_batch import StagedBatch
from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.records import Count, Origin
from outcross.assets.corpus.share_bound import Bound
from outcross.resources.guard_engine import Vital
from tests.assets.corpus.versions import FIRST

ADMISSION = Admission(FIRST, (), Bound(0.3, "stated in the corpus file"))
SHARE: Any = SimpleNamespace(describe_real=lambda: "12.0% are synthetic")


def staged(admissible: int = 90, quarantined: int = 10, near: int | None = None, **about: Any) -> StagedBatch:
    return StagedBatch(Path(), Path(), Path(), Path(), admissible, quarantined, near, **{"abstained": (), **about})


def vital(check: str, value: float = 0.5, lower: float | None = None, upper: float | None = 0.25) -> Vital:
    return Vital(check, check, "", value, lower, upper)


@pytest.mark.parametrize("check", ["drift", "undeclared_share"])
def test_what_passed_has_no_reason(check: str) -> None:
    assert _why(vital(check), True, staged(), ADMISSION, SHARE) == ""


@pytest.mark.parametrize(
    ("check", "quarantined", "says"),
    [
        ("rows", 1500, "each of its 1,590 rows is quarantined for reasons of its own, so no row can be admitted"),
        ("rows", -90, "remedy"),
        ("undeclared_share", 10, "remedy; 12.0% are synthetic"),
        ("drift", 10, "remedy"),
    ],
)
def test_what_failed_has_the_reason_of_its_guard(check: str, quarantined: int, says: str) -> None:
    failed = vital(check)
    why = _why(failed, False, staged(quarantined=quarantined), ADMISSION, SHARE)
    opening, remedy, rest = says.partition("remedy")
    assert why.startswith(opening) and why.endswith(rest)
    assert (GUARDS[check].remedy in why) is bool(remedy)


def _counts(real: int, synthetic: int) -> tuple[Count, ...]:
    both: list[tuple[Origin, int]] = [("real", real), ("synthetic", synthetic)]
    return tuple(Count(origin=each, depth=None, generator=None, licence=None, rows=rows) for each, rows in both)


@pytest.mark.parametrize(
    ("had", "bound", "room"),
    [
        (5, 0.3, "add 15 real rows first"),
        (10, 0.3, "add 15 real rows first, or leave out 7 synthetic ones: outcross trim adult --share 0.0322"),
        (45, 0.0, "leave out 45 synthetic ones: outcross trim adult --share 0"),
        (5, 0.0, "no number of real rows makes room for it: reject it, or raise the bound"),
    ],
)
def test_a_batch_past_the_bound_is_told_what_makes_room_for_it(had: int, bound: float, room: str) -> None:
    last = replace(FIRST, counts=_counts(90, had))
    admission = Admission(last, _counts(90, 45), Bound(bound, "stated in the corpus file"))
    why = _why(vital("synthetic_share", 1 / 3), False, staged(), admission, SHARE)
    allowed = f"at most {bound:.1%} is allowed (stated in the corpus file)"
    assert why == f"33.3% of the corpus would not be real, and {allowed}; {room}"


def test_a_result_has_the_numbers_of_its_vital() -> None:
    found = GuardResult.of_vital(Vital("drift", "auc", "sex=f", 0.5, 0.1, 0.9), passed=True, blocking=False, why="w")
    assert found == GuardResult(
        guard="drift",
        metric="auc",
        group="sex=f",
        value=0.5,
        lower=0.1,
        upper=0.9,
        passed=True,
        blocking=False,
        why="w",
    )


@pytest.mark.parametrize(
    ("rows", "value"), [((90, 10, 5), 0.05), ((0, 0, 0), 0.0), ((0, 4, 4), 1.0), ((90, 10, None), None)]
)
def test_the_share_of_near_copies_is_told_where_they_were_looked_for(
    rows: tuple[int, int, int | None], value: float | None
) -> None:
    found = list(_of_rows(staged(*rows)))
    assert [(each.guard, each.metric, each.value, each.passed, each.blocking) for each in found] == (
        [] if value is None else [("near_duplicates", "held_share", value, True, False)]
    )


def test_what_guards_of_rows_could_not_look_into_is_told_and_blocks_nothing() -> None:
    found = list(_of_rows(staged(abstained=("too many", "too few"), unknown_entities=("no id",))))
    assert [(each.guard, each.why) for each in found] == [
        ("near_duplicates", "too many"),
        ("near_duplicates", "too few"),
        ("holdout_overlap", "no id"),
    ]
    assert {(each.metric, each.value, each.passed, each.blocking) for each in found} == {
        ("not_looked_into", None, False, False)
    }


@pytest.mark.parametrize(("texts", "pictures"), [(False, False), (True, False), (False, True), (True, True)])
def test_guards_of_contents_that_measured_nothing_are_told(texts: bool, pictures: bool) -> None:
    corpus: Any = SimpleNamespace(has_texts=texts, has_pictures=pictures)
    expected = [*(TEXT_GUARDS if texts else ()), *(PICTURE_GUARDS if pictures else ())]
    beside = ["personal_data"] if pictures else []
    assert [each.guard for each in _unmeasured([], corpus)] == [*expected, *beside]
    left = list(_unmeasured(expected[1:], corpus))
    assert [each.guard for each in left] == [*expected[:1], *beside]
    if texts:
        assert left[0].why == f"fewer than {FEWEST_ROWS} of its rows are texts that it is for"
    if pictures:
        assert left[-1].why == "what a picture shows is not looked into: faces, number plates and writing go unnoticed"


def test_what_was_not_looked_into_is_listed_once_with_every_guard() -> None:
    def told(guard: str, why: str, *, passed: bool = False, metric: str = "not_looked_into") -> GuardResult:
        return GuardResult.of_vital(Vital(guard, metric, "", 0.5), passed=passed, blocking=False, why=why)

    results = [
        told("one", "too few"),
        told("two", "no id"),
        told("three", "too few"),
        told("of before", "a doubt", passed=True, metric="share"),
        told("failed", "it drifts", metric="auc"),
        told("silent", ""),
    ]
    assert list_not_looked_into(results) == ["one, three: too few", "two: no id", "of before: a doubt"]
    assert list_not_looked_into([]) == []
