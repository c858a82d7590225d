"""Which rung a ladder adds: by table, by the evaluations alone, and within the error that is left."""

import numpy as np
import pytest

from outcross.assets.study.candidates import candidates_between
from outcross.assets.study.study import Study
from outcross.assets.verdict.error_levels import ERROR, carry, one_level, split_levels
from outcross.assets.verdict.interpolation import refined_up_to, safe_up_to
from outcross.assets.verdict.limits import check_rungs
from outcross.assets.verdict.refinement import next_share, refine_ladder
from outcross.resources.seeds import generator
from tests.assets.verdict.studies import evaluations

QUARTERS = [0.125, 0.25, 0.375, 0.625, 0.75, 0.875]


@pytest.mark.parametrize(
    ("tried", "left", "share"),
    [
        ("0 0.5? 1?", 3, 0.125),
        ("0 0.5 1?", 3, 0.625),
        ("0 0.5 1?", 0, None),
        ("0 0.5 1", 3, None),
        ("0 0.5 0.625 1?", 2, 0.75),
        ("0 0.5 0.625? 1?", 2, None),
        ("0 0.5 0.625 0.75? 1?", 1, None),
        ("0 0.5 0.625 0.75 0.875 1?", 1, None),
        ("0 0.125 0.5? 1", 2, 0.25),
        ("", 3, None),
    ],
)
def test_the_smallest_candidate_above_the_last_safe_rung_is_next(tried: str, left: int, share: float | None) -> None:
    rungs = [(float(each.rstrip("?")), not each.endswith("?")) for each in tried.split()]
    assert next_share(rungs, QUARTERS, left=left) == share


def test_candidates_lie_evenly_between_rungs_and_have_short_names() -> None:
    assert candidates_between([0, 0.5, 1], 3) == QUARTERS
    assert candidates_between([0, 0.1, 1], 2) == [0.0333, 0.0667, 0.4, 0.7]
    assert candidates_between([0, 1], 0) == []


def study(**ladder: object) -> Study:
    return Study.model_validate(
        {
            "study": "s",
            "source": {"kind": "digits"},
            "generator": {"kind": "cvae"},
            "generations": 3,
            "replicates": 5,
            "arms": {"kept": {"policy": "fixed", "share": 0.75}},
            "ladders": {"substitution": {"policy": "fixed", "shares": [0.5, 1], **ladder}},
            "endpoints": {"frechet": {"tolerance": 0.1}, "recall": {"tolerance": 0.1}},
        }
    )


REFINING = study(refine=3)


def test_rungs_that_may_be_added_are_arms_that_a_verdict_does_not_wait_for() -> None:
    assert [rung.arm for rung in REFINING.candidates["substitution"]] == [
        *("fixed-0.125", "fixed-0.25", "fixed-0.375", "fixed-0.625", "kept", "fixed-0.875")
    ]
    assert REFINING.required_lineages == ("kept", "fixed-0", "fixed-0.5", "replace")
    assert REFINING.most_added == 3
    plain = study()
    assert plain.required_lineages == tuple(plain.lineages) and plain.candidates == {"substitution": ()}
    assert "refine" not in plain.model_dump()["ladders"]["substitution"]
    assert {plain.fingerprint(name) for name in plain.lineages} <= {REFINING.fingerprint(n) for n in REFINING.lineages}


def test_augmented_ladders_refine_by_their_ratios() -> None:
    found = Study.model_validate(
        REFINING.model_dump(by_alias=True)
        | {"ladders": {"more": {"policy": "augment", "ratios": [1, 3], "refine": 1, "unequal_budget": "more rows"}}}
    )
    assert [(rung.share, rung.arm) for rung in found.candidates["more"]] == [
        (pytest.approx(1 / 3), "augment-0.5"),
        (pytest.approx(2 / 3), "augment-2"),
    ]


GOOD, BAD = [2.0, 2.02, 1.98, 2.01, 1.99], [2.6, 2.7, 2.5, 2.6, 2.6]


def chosen(**arms: list[float]) -> tuple[list[float], float | None]:
    """Shares that were added, and the one to add next, where these arms are evaluated besides 0.5 and 1."""
    named = {name.replace("at_0", "fixed-0."): values for name, values in arms.items()}
    last = {"fixed-0.5": GOOD, "replace": BAD} | named
    found = refine_ladder(REFINING, "substitution", evaluations([2.0] * 5, last, policy="fixed"))
    assert found.ladder.added_shares == tuple(each.rung.share for each in found.added)
    assert found.ladder.planned_shares == (0, 0.5, 1)
    return list(found.ladder.added_shares), found.following and found.following.rung.share


def test_a_ladder_replays_its_choices_from_the_evaluations_alone() -> None:
    assert chosen() == ([], 0.625)
    assert chosen(at_0625=BAD) == ([0.625], None)
    assert chosen(at_0625=GOOD) == ([0.625], 0.75), "an arm of the study file is a rung only once it is evaluated"
    assert chosen(at_0625=GOOD, kept=GOOD) == ([0.625, 0.75], 0.875)
    assert chosen(at_0625=GOOD, kept=GOOD, at_0875=BAD) == ([0.625, 0.75, 0.875], None)


def test_a_rung_that_was_made_out_of_turn_counts_for_nothing() -> None:
    assert chosen(at_0875=GOOD, at_025=GOOD) == ([], 0.625)


def test_the_error_is_divided_whatever_is_added() -> None:
    planned = (False, True, False, False, True)
    levels = split_levels(planned, 3)
    assert levels.safe == (ERROR / 2,) * 5, "of added rungs one alone can be the first that is not safe"
    assert sum(level for level, each in zip(levels.harmful, planned, strict=True) if not each) == ERROR / 2
    assert one_level(2).safe == one_level(2).harmful == (ERROR,) * 2


def test_an_added_rung_changes_no_test_of_another() -> None:
    excess = generator(7).gamma(2, 0.05, (8, 4)) - 0.2
    whole = check_rungs(excess, levels=split_levels((False, True, False, True), 2))
    alone = check_rungs(np.ascontiguousarray(excess[:, [1, 3]]), levels=split_levels((True, True), 2))
    assert (whole.upper[[1, 3]] == alone.upper).all() and (whole.lower[[1, 3]] == alone.lower).all()


def test_a_planned_rung_that_passes_carries_the_smaller_ones_and_no_other_does() -> None:
    levels = split_levels((False, True, False, True), 2)
    assert carry(np.array([False, True, False, False]), levels).tolist() == [True, True, False, False]
    assert carry(np.array([False, False, True, True]), levels).tolist() == [False, False, True, True]
    assert carry(np.array([True, False, False, False]), levels).tolist() == [True, False, False, False]


def test_a_rung_that_failed_takes_nothing_from_the_limit() -> None:
    shares = (0.0, 0.25, 0.5, 1.0)
    damage = np.array([[0, 0.12, 0.1, 0.5], [0, 0.08, 0.12, 0.6], [0, 0.11, 0.13, 0.5], [0, 0.13, 0.11, 0.6]])
    levels = split_levels((False, True, True), 1)
    tests = check_rungs(damage[:, 1:] - 0.1, levels=levels)
    alone = check_rungs(damage[:, 2:] - 0.1, levels=split_levels((True, True), 1))
    expected = safe_up_to(damage[:, [0, 2, 3]], alone, (0.0, 0.5, 1.0), 0.1)
    assert safe_up_to(damage, tests, shares, 0.1) < expected == refined_up_to(damage, tests, shares, 0.1, levels)


def test_a_score_of_a_learner_decides_as_any_endpoint_does() -> None:
    taught = Study.model_validate(
        {
            "study": "s",
            "source": {"kind": "breast_cancer"},
            "generator": {"kind": "copula"},
            "learner": {"kind": "classifier"},
            "generations": 3,
            "replicates": 5,
            "ladders": {"substitution": {"policy": "fixed", "shares": [0.5, 1], "refine": 3}},
            "endpoints": {"learner_accuracy": {"tolerance": 0.1}},
        }
    )
    falls = {"fixed-0.5": [0.9, 0.89, 0.91, 0.9, 0.9], "replace": [0.5, 0.52, 0.49, 0.5, 0.51]}
    measured = evaluations([0.9, 0.91, 0.9, 0.89, 0.9], falls, metric="learner_accuracy", policy="fixed")
    following = refine_ladder(taught, "substitution", measured).following
    assert following is not None and following.rung.share == 0.625
    assert following.reason.endswith("by learner_accuracy")
