"""A study against its data, before anything runs: each refusal, and the last case that is none."""

from typing import Any

import pytest

from outcross.assets.study.preflight import check_study
from outcross.assets.study.requests import describe_requests
from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema

X = Column(name="x1", role=Role.NUMERIC)
TEXT, TOPIC = Column(name="text", role=Role.TEXT), Column(name="topic", role=Role.CATEGORICAL)
NUMBERS = Schema((X,))
STEPS = {"kind": "autoregressive", "steps": 5}


def study(**changes: Any) -> Study:
    settings = {
        "study": "checked",
        "source": {"kind": "population", "rows": 100, "of": {"family": "gaussian"}},
        "generator": {"kind": "gaussian"},
        "generations": 4,
        "replicates": 3,
        "metrics": ["loss"],
        "arms": {"replace": {"policy": "replace"}},
    }
    return Study.model_validate(settings | changes)


def told(changes: dict[str, Any], anchor_rows: int, schema: Schema = NUMBERS) -> str:
    """What a study is refused for; empty if it is not."""
    try:
        check_study(study(**changes), schema, anchor_rows=anchor_rows)
    except BadInput as refused:
        assert str(refused).startswith("study 'checked': ")
        return str(refused).removeprefix("study 'checked': ")
    return ""


OWN, FRESH = {"real_rows": "own"}, {"arms": {"f": {"policy": "fresh", "share": 0.7}}, "rows": 10}


@pytest.mark.parametrize(
    ("changes", "enough", "words"),
    [
        ({}, 2, "a generation needs at least 2 rows, but the anchor has 1; lower 'rows'"),
        ({"rows": 2_000}, 2_000, "'rows' is 2,000, but the anchor has 1,999; lower 'rows', 'replicates' or"),
        (OWN, 6, "at least 2 rows, but the anchor has 5, that is 1 for each of 3 replicates"),
        ({**OWN, "rows": 20}, 60, "'rows' is 20, but the anchor has 59, that is 19 for each of 3 replicates"),
        (
            FRESH,
            19,
            "arm 'f' needs 19 real rows over 4 generations (10 for the first, then 3 new ones each), but a replicate "
            "has 18; lower",
        ),
        ({**FRESH, **OWN}, 57, "needs 19 real rows over 4 generations (10 for the first, then 3 new ones each), but a"),
        ({**FRESH, "generations": 2}, 13, "needs 13 real rows over 2 generations"),
        (
            {"arms": {"w": {"policy": "weighted", "weight": 0.5, "real": "fresh"}}, "rows": 10},
            40,
            "arm 'w' needs 40 real rows over 4 generations (10 for the first, then 10 new ones each)",
        ),
    ],
)
def test_as_many_rows_as_are_needed_are_enough_and_one_fewer_is_refused(
    changes: dict[str, Any], enough: int, words: str
) -> None:
    assert told(changes, enough) == ""
    assert words in told(changes, enough - 1)


@pytest.mark.parametrize("policy", [{"policy": "fixed", "share": 0.5}, {"policy": "fresh", "share": 1}])
def test_an_arm_without_new_real_rows_needs_those_of_the_first_generation_alone(policy: dict[str, Any]) -> None:
    assert told({"arms": {"a": policy}, "rows": 10}, 10) == ""


AUGMENT = {"policy": "augment", "ratios": [0, 1]}
TOLERANCE = {"endpoints": {"loss": {"gain": 0.1}}}


def test_a_ladder_of_unequal_budgets_is_refused_unless_steps_are_fixed_or_a_reason_is_given() -> None:
    ladders = {"equal": {"policy": "fixed", "shares": [0, 1]}, "more": AUGMENT}
    refused = told({"ladders": ladders, **TOLERANCE}, 1_000)
    assert "ladder 'more' would be fitted to unequal numbers of rows (fixed-0 1,000, augment-1 2,000)" in refused
    assert "state the reason in 'ladders.more.unequal_budget'" in refused
    assert told({"ladders": {"more": AUGMENT | {"unequal_budget": "known"}}, **TOLERANCE}, 1_000) == ""
    assert told({"ladders": {"equal": ladders["equal"]}, **TOLERANCE}, 1_000) == ""
    assert told({"ladders": {"more": AUGMENT}, "generator": STEPS, **TOLERANCE}, 1_000) == ""


def test_an_arm_that_weighs_its_rows_needs_a_generator_that_does() -> None:
    weighted = {"arms": {"w": {"policy": "weighted", "weight": 0.5}}}
    assert told(weighted, 100) == ""
    command = ["python3", "mine.py", "{train}", "{out}", "{rows}", "{seed}"]
    without = {"generator": {"kind": "external", "command": command}, "metrics": ["neighbours"]}
    assert "arm 'w' weighs its rows, but generator 'external' does not support weights" in told(weighted | without, 100)
    assert told(without, 100) == ""


def test_a_curation_is_checked_for_the_arm_that_has_it() -> None:
    arms = {"plain": {"policy": "replace"}, "kept": {"policy": "replace", "curation": {"kind": "verify"}}}
    assert "arm 'kept': curation 'verify' needs a label" in told({"arms": arms}, 100)


@pytest.mark.parametrize(
    ("generator", "columns", "words"),
    [
        (
            "copula",
            (X, TEXT, TOPIC),
            "generator 'copula' models table, but the source has text data; column 'text' reads as text: set",
        ),
        ("copula", (X, TEXT, TOPIC), "to model the others, or choose another generator (such as ngram)"),
        ("copula", (TEXT,), "but the source has text data; choose another generator"),
        ("ngram", (X,), "generator 'ngram' models text, but the source has table data; choose another generator"),
        ("ngram", (Column(name="i", role=Role.IMAGE, shape=(2, 2), levels=1),), "image data; choose another generator"),
    ],
)
def test_data_that_a_generator_does_not_model_are_refused_with_what_to_write(
    generator: str, columns: tuple[Column, ...], words: str
) -> None:
    refused = told({"generator": {"kind": generator}}, 100, Schema(columns))
    assert words in refused
    if len(columns) == 3:
        assert "'text': 'ignore'" in refused.replace("text: ignore", "'text': 'ignore'")
        assert refused.count("ignore") >= 3, "the text alone, or all others"


def test_what_a_program_outside_is_asked_for_counts_generation_0_once_and_each_arm_by_its_own_rows() -> None:
    command = ["python3", "mine.py", "{train}", "{out}", "{rows}", "{seed}"]
    arms = {"replace": {"policy": "replace"}, "more": {"policy": "augment", "ratio": 2, "lineages": 2}}
    asked = study(generator={"kind": "external", "command": command}, metrics=["neighbours"], arms=arms)
    # 3 replicates of 20 rows each (the largest need) in generation 0; then 3 generations of 10 and of 20 rows.
    told = describe_requests(asked, anchor_rows=10)
    assert told is not None and "is run 21 times for 330 rows in the whole study (3 replicates)" in told
    own = asked.model_copy(update={"real_rows": "own"})
    assert "for 99 rows" in str(describe_requests(own, anchor_rows=10))
    fixed = asked.model_copy(update={"rows": 4})
    assert "for 132 rows" in str(describe_requests(fixed, anchor_rows=10))
