"""Ladders of texts whose arms cannot promise equal tokens are refused before anything is made."""

from typing import Any

import polars as pl
import pytest

from outcross.assets.study.preflight import check_rows
from outcross.assets.study.requests import describe_requests
from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema

TEXT = Schema((Column(name="text", role=Role.TEXT),))
UNEQUAL = pl.DataFrame({"text": ["one", "one two three", "one two"] * 4})
EQUAL = pl.DataFrame({"text": ["one two", "two one", "one one"] * 4})
EXTERNAL = {"kind": "external", "command": ["python3", "mine.py", "{train}", "{out}", "{rows}", "{seed}"]}
STEPS = {"kind": "transformer", "steps": 1}


def study_of(generator: dict[str, Any], **changes: Any) -> Study:
    content = {
        "study": "texts",
        "source": {"kind": "python_docs"},
        "generator": generator,
        "generations": 3,
        "replicates": 2,
        "ladders": {"s": {"policy": "fixed", "shares": [0, 1]}},
        "endpoints": {"vocabulary_survival": {"tolerance": 0.1}},
    }
    return Study.model_validate(content | changes)


@pytest.mark.parametrize(
    ("generator", "anchor", "cause"),
    [
        ({"kind": "ngram"}, UNEQUAL, "texts differ in length"),
        (EXTERNAL, UNEQUAL, "a text that it writes may have any length"),
        (EXTERNAL, EQUAL, "a text that it writes may have any length"),
    ],
)
def test_texts_of_any_length_need_a_reason_for_unequal_budgets(
    generator: dict[str, Any], anchor: pl.DataFrame, cause: str
) -> None:
    words = rf"ladder 's' may be .*unequal numbers of tokens.*{cause}.*'ladders.s.unequal_budget'"
    with pytest.raises(BadInput, match=words):
        check_rows(study_of(generator), TEXT, anchor=anchor, holdout=anchor)
    ladder = {"s": {"policy": "fixed", "shares": [0, 1], "unequal_budget": "texts differ in length"}}
    check_rows(study_of(generator, ladders=ladder), TEXT, anchor=anchor, holdout=anchor)


def test_the_first_ladder_without_a_reason_is_the_one_that_is_named() -> None:
    tried = {"policy": "fixed", "shares": [0, 1]}
    ladders = {"told": tried | {"unequal_budget": "known"}, "first": tried, "second": tried | {"shares": [0, 0.5]}}
    with pytest.raises(BadInput, match=r"ladder 'first' may .*'ladders\.first\.unequal_budget'"):
        check_rows(study_of({"kind": "ngram"}, ladders=ladders), TEXT, anchor=UNEQUAL, holdout=UNEQUAL)


@pytest.mark.parametrize(("generator", "anchor"), [({"kind": "ngram"}, EQUAL), (STEPS, UNEQUAL)])
def test_texts_of_one_length_and_fixed_steps_need_none(generator: dict[str, Any], anchor: pl.DataFrame) -> None:
    check_rows(study_of(generator), TEXT, anchor=anchor, holdout=anchor)


def test_arms_without_a_ladder_need_none() -> None:
    plain = study_of({"kind": "ngram"}, ladders={}, endpoints={}, arms={"replace": {"policy": "replace"}})
    check_rows(plain, TEXT, anchor=UNEQUAL, holdout=UNEQUAL)


def test_the_rows_and_runs_of_a_program_outside_are_counted() -> None:
    """Two replicates: of generation 0, then of two generations in each of two arms, ten rows each."""
    told = describe_requests(study_of(EXTERNAL, rows=10), anchor_rows=50)
    assert told is not None and "is run 10 times for 100 rows" in told
    assert describe_requests(study_of({"kind": "ngram"}), anchor_rows=50) is None


def test_a_curated_arm_asks_for_at_least_so_many() -> None:
    arms = {"replace": {"policy": "replace", "curation": {"kind": "deduplicate"}}}
    told = describe_requests(study_of(EXTERNAL, ladders={}, endpoints={}, arms=arms), anchor_rows=20)
    assert told is not None and "at least 6 times for at least 120 rows" in told
