"""What renewals, withdrawals, declarations and rechecks print, from values: every line, in which case."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.records import Estimate
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.protected.copies import EQUAL, NEAR
from outcross.assets.corpus.protected.recheck import FOUND, Rechecked
from outcross.assets.corpus.renewal.bounds_beside import BoundBeside, Ends
from outcross.assets.corpus.renewal.undeclared_rows import ShownShare
from outcross.assets.corpus.withdrawal.descendants import Descendant
from outcross.assets.corpus.withdrawal.withdraw import Plan
from outcross.jobs.cli import declare, descendants, recheck, renewal, withdraw
from tests.assets.corpus.versions import FIRST
from tests.jobs.cli.lines import Show, shown_by


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Show:
    monkeypatch.setenv("COLUMNS", "300")
    return shown_by(capsys)


SHARE = ShownShare(
    share=0.01, lower=0.0, upper=0.04, limit=0.05, generators="study made", is_mixture=True, batches={"b1": 0.0}
)
BOUNDS = (
    BoundBeside(guard="range", group="wage", what="values", old=(0.0, 9.5), new=(0.0, 12.25)),
    BoundBeside(guard="new_levels", group="work", what="levels", old=(None, None), new=(None, None), more="Gig"),
    BoundBeside(guard="tails", group="wage", what="mass", old=(None, 0.1), new=(0.05, None)),
    BoundBeside(guard="drift", group="", what="auc", old=(None, 0.6), new=(None, 0.6)),
)


def planned(**changes: Any) -> Any:
    about = {"corpus": "people", "version": 7, "batches": ("b1",), "skipped": (), "alone": False, "taken": 1_200}
    rows = {"anchor_rows": (4_000, 5_150), "holdout_rows": (1_000, 1_050), "leaving": 50}
    return SimpleNamespace(**{**about, **rows, "shown": SHARE, "bounds": BOUNDS, **changes})


def test_a_renewal_is_printed_before_and_after_with_the_bounds_that_change(show: Show) -> None:
    assert show(renewal._print_plan, planned()) == [
        "people, version 7 | now | renewed",
        "rows of the anchor | 4,000 | 5,150",
        "rows of the holdout | 1,000 | 1,050",
        "1 batch joins the anchor: 1,200 rows. 50 rows leave the corpus for the holdout; models that were trained on "
        "them have seen them.",
        "undeclared synthetic share of the batches: 1.0% (0.0% to 4.0%) of the known generators (study made), below "
        "5.0%; an unknown one would go unnoticed",
        "guard | of | bound | now | renewed | ",
        "range | wage | values | 0 to 9.5 | 0 to 12.25 | ",
        "new_levels | work | levels | – | – | Gig",
        "tails | wage | mass | at most 0.1 | at least 0.05 | ",
        "1 bound stays as it is.",
    ]


def test_a_renewal_from_batches_alone_says_so_and_which_it_leaves_out(show: Show) -> None:
    lines = show(
        renewal._print_plan,
        planned(batches=("b1", "b2"), alone=True, skipped=("b3", "b4"), bounds=(BOUNDS[3], BOUNDS[3])),
    )
    assert lines[3].startswith("2 batches join the anchor alone, without the rows before them: 1,200 rows.")
    assert lines[4] == "left out, since not all their rows are declared real: b3, b4"
    assert lines[-1] == "2 bounds stay as they are."
    assert not any("stay" in line for line in show(renewal._print_plan, planned(bounds=BOUNDS[:1]))[4:])


@pytest.mark.parametrize(
    ("ends", "shown"),
    [
        ((None, None), "–"),
        ((0.0, None), "at least 0"),
        ((None, 0.0), "at most 0"),
        ((0.0, 0.0), "0 to 0"),
        ((1.23456, 1234.56), "1.235 to 1235"),
    ],
)
def test_a_bound_is_said_by_the_sides_that_it_has(ends: Ends, shown: str) -> None:
    assert renewal._ends(ends) == shown


def test_a_renewal_that_was_planned_alone_changed_nothing() -> None:
    assert renewal._outcome(planned(), None).startswith("Nothing was changed. Without --dry-run, and with --reason")
    assert renewal._outcome(planned(), replace(FIRST, number=8)).startswith("people, version 8: the anchor was renewed")


PLAN = Plan(
    corpus="people",
    version=7,
    what="rows of batch b1",
    rows=1_200,
    quarantined=0,
    left_out=0,
    decided=0,
    withdrawn=0,
    copies=0,
    of_anchor=0,
    anchored="",
    in_anchors=0,
    unknown=0,
    batches=("b1",),
    lost_originals={},
    lines=pl.DataFrame(),
)


@pytest.mark.parametrize(
    ("changes", "erase", "more"),
    [
        ({}, True, []),
        ({"anchored": "row 3 of the anchor"}, False, ["Meant too, and not withdrawn: row 3 of the anchor."]),
        ({"in_anchors": 3}, True, ["3 of them lie in a renewed anchor or its holdout: these lose them"]),
        ({"in_anchors": 3}, False, []),
        ({"unknown": 1}, False, ["1 row of the file is nowhere in the corpus."]),
        ({"unknown": 2_000}, False, ["2,000 rows of the file are nowhere in the corpus."]),
        ({"lost_originals": {"b1": 40}}, True, ["The original of batch b1 is removed whole: its 40 other rows keep"]),
        ({"lost_originals": {"b1": 40}}, False, []),
    ],
)
def test_a_withdrawal_says_what_it_takes_and_what_it_cannot(
    changes: dict[str, Any], erase: bool, more: list[str]
) -> None:
    told = list(withdraw._describe_plan(replace(PLAN, **changes), erase=erase))
    assert told[0] == "people, version 7: rows of batch b1: 1,200 of the corpus"
    assert len(told) == 1 + len(more) and all(
        line.startswith(words) for line, words in zip(told[1:], more, strict=True)
    )


def test_a_withdrawal_counts_the_rows_by_where_they_lie() -> None:
    plan = replace(PLAN, rows=0, quarantined=1, left_out=2, decided=3, withdrawn=4, copies=5)
    assert next(iter(withdraw._describe_plan(plan, erase=False))) == (
        "people, version 7: rows of batch b1: 1 in quarantine, 2 left out before, 3 released or rejected, as "
        "quarantine keeps them, 4 withdrawn before, and not erased, 5 in quarantine with the same content"
    )


def test_what_rests_on_rows_is_a_line_each_with_a_dash_where_none_is_counted(show: Show) -> None:
    found = [
        Descendant(kind="study", name="census", rows=0, through="its source"),
        Descendant(kind="model", name="m:1", rows=1_500, through="was trained on them"),
    ]
    assert show(descendants.print_descendants, found) == [
        "what | name | rows | how",
        "study | census | – | its source",
        "model | m:1 | 1,500 | was trained on them",
    ]
    assert show(descendants.print_descendants, []) == ["Nothing rests on these rows."]


def declared(**changes: Any) -> Version:
    return replace(FIRST, number=5, reason="declared anew", declared_share=0.25, **changes)


def estimated(*, decided: bool) -> Estimate:
    return Estimate(share=0.2, lower=0.1, upper=0.3, auc=0.9, decided=decided, how="")


def test_a_declaration_is_told_with_its_estimate_and_as_no_change_where_it_is_a_dry_run(show: Show) -> None:
    opening = f"{FIRST.corpus}, version 5: declared anew; 25.0% declared synthetic"
    assert show(declare._print, declared(), dry_run=False) == [opening]
    assert show(declare._print, declared(estimated=estimated(decided=True)), dry_run=False)[1] == (
        "estimated synthetic share: 20.0% (10.0% to 30.0%)"
    )
    told = show(declare._print, declared(estimated=estimated(decided=False)), dry_run=True)
    assert told == [
        "Nothing was changed. The version would say: declared anew; 25.0% declared synthetic",
        "estimated synthetic share: cannot tell; so far 20.0% (10.0% to 30.0%)",
    ]


@pytest.mark.parametrize("passed", [[True], [True, False], [False]])
def test_a_declaration_as_json_is_within_its_bound_where_every_guard_passed(passed: list[bool]) -> None:
    guards = tuple(
        GuardResult(
            guard="synthetic_share",
            metric="share",
            group=str(place),
            value=0.1,
            lower=None,
            upper=0.2,
            passed=each,
            blocking=True,
            why="",
        )
        for place, each in enumerate(passed)
    )
    assert declare._as_json(declared(guards=guards))["within_bound"] is all(passed)


SET: Any = SimpleNamespace(key="k", name="benchmark", digest="d", rows=pl.DataFrame({"x": range(1_000)}))
COPIES = [("b1", 0, EQUAL), ("b1", 1, NEAR), ("b2", 0, EQUAL), ("b3", 0, EQUAL), ("b4", 0, EQUAL)]


@pytest.mark.parametrize(
    ("copies", "told"),
    [
        (0, "no row of the corpus equals or nearly equals one of its rows"),
        (1, "1 row of the corpus equals one of its rows, 0 nearly do: b1 (1)"),
        (4, "3 rows of the corpus equal one of its rows, 1 nearly does: b1 (2), b2 (1), b3 (1)"),
        (5, "4 rows of the corpus equal one of its rows, 1 nearly does: b1 (2), b2 (1), b3 (1) and 1 more batch"),
    ],
)
def test_a_protected_set_is_told_with_the_copies_of_its_rows_by_batch(copies: int, told: str) -> None:
    about = {"batch_id": 0, "position": 1, "alike": 2}
    rows = pl.DataFrame(
        {name: [COPIES[line][about[name]] if name in about else "k" for line in range(copies)] for name in FOUND},
        schema=FOUND,
    )
    found = Rechecked(
        corpus="people",
        version=3,
        sets=(SET,),
        rows=rows,
        contents=rows,
        abstained=("texts: too short",),
    )
    assert found.describe(SET) == f"protected set 'benchmark' (1,000 rows): {told}"
    assert found.to_json()["not_looked_into"] == ["texts: too short"] and found.of_anchor == 0


def test_a_recheck_says_what_it_did_not_look_into_which_rows_are_the_anchors_and_how_to_take_the_others_out(
    show: Show,
) -> None:
    none = pl.DataFrame(schema=FOUND)
    copy = {"batch_id": "b1", "position": 0, "set": "k", "alike": EQUAL}
    rows = pl.DataFrame([copy, {**copy, "batch_id": "anchor"}], schema=FOUND)
    found = Rechecked(
        corpus="people", version=3, sets=(SET,), rows=none, contents=none, abstained=("texts: short", "x")
    )
    assert show(recheck._print, found, None, None)[1:] == ["• not looked into: texts: short", "• not looked into: x"]
    listed = replace(found, rows=rows, contents=rows[:1], abstained=())
    assert show(recheck._print, listed, Path("found.parquet"), "outcross withdraw people")[1:] == [
        "1 of these rows is in the anchor: leave all such "
        "rows out of its file, and start the corpus under another name",
        "1 row of batches is listed in found.parquet; to withdraw: outcross withdraw people",
    ]
    twice = replace(
        found,
        rows=pl.concat([rows, rows.with_columns(pl.col("position") + 1)]),
        contents=pl.concat([rows[:1]] * 2),
        abstained=(),
    )
    told = show(recheck._print, twice, Path("found.parquet"), "outcross withdraw people")[1:]
    assert told[0].startswith("2 of these rows are in") and told[1].startswith("2 rows of batches are listed in")
