"""Settings of a study: who shares what, what is refused at the edge, and what a fingerprint follows."""

from typing import Any

import pytest
from pydantic import ValidationError

from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study

REPLACE, VERIFIED = {"policy": "replace"}, {"policy": "replace", "curation": {"kind": "deduplicate"}}
SETTINGS: dict[str, Any] = {
    "study": "mine",
    "source": {"kind": "population", "rows": 100, "of": {"family": "gaussian"}},
    "generator": {"kind": "gaussian"},
    "generations": 3,
    "replicates": 7,
    "arms": {"replace": REPLACE, "more": {"policy": "augment", "ratio": 3}},
}
LADDER = {"ladders": {"s": {"policy": "fixed", "shares": [0, 0.5, 1]}}, "endpoints": {"loss": {"gain": 0.1}}}


def study(**changes: Any) -> Study:
    return Study.model_validate(SETTINGS | changes)


def refusal(**changes: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        study(**changes)
    return str(refused.value)


@pytest.mark.parametrize(("replicates", "lineages"), [(1, 1), (7, 1), (7, 2), (7, 3), (7, 7), (6, 4), (100, 9)])
def test_replicates_are_split_evenly_in_their_order_and_each_is_in_one_lineage(replicates: int, lineages: int) -> None:
    found = study(replicates=replicates, arms={"a": {**REPLACE, "lineages": lineages}}).lineages
    assert list(found) == ([f"a.{place}" for place in range(lineages)] if lineages > 1 else ["a"])
    assert [each for lineage in found.values() for each in lineage.replicates] == list(range(replicates))
    sizes = {len(lineage.replicates) for lineage in found.values()}
    assert min(sizes) >= 1 and max(sizes) - min(sizes) <= 1
    assert {(lineage.arm, lineage.name) for lineage in found.values()} == {("a", name) for name in found}


def test_generation_0_makes_as_many_rows_as_any_arm_needs_and_the_others_what_their_own_does() -> None:
    made = study()
    assert [made.synthetic_rows(name, 20) for name in (SHARED, "replace", "more")] == [60, 20, 60]
    assert study(arms={"fewer": {"policy": "augment", "ratio": 0.5}}).synthetic_rows(SHARED, 20) == 20


def test_arms_of_a_ladder_are_those_of_the_file_that_make_the_same_datasets() -> None:
    made = study(arms={"first": REPLACE, "second": REPLACE}, **LADDER)
    assert [(rung.share, rung.arm) for rung in made.rungs["s"]] == [(0, "fixed-0"), (0.5, "fixed-0.5"), (1, "first")]
    assert list(made.all_arms) == ["first", "second", "fixed-0", "fixed-0.5"]
    curated = study(arms={"curated": VERIFIED}, **LADDER)
    assert [rung.arm for rung in curated.rungs["s"]] == ["fixed-0", "fixed-0.5", "replace"]
    ladders = {"s": LADDER["ladders"]["s"], "a": {"policy": "augment", "ratios": [0, 2.5], "unequal_budget": "why"}}
    both = study(arms={}, ladders=ladders, endpoints=LADDER["endpoints"])
    assert list(both.all_arms) == ["fixed-0", "fixed-0.5", "replace", "augment-2.5"]
    assert [rung.arm for rung in both.rungs["a"]] == ["fixed-0", "augment-2.5"], "augment(0) is fixed(0)"
    assert [rung.share for rung in both.rungs["a"]] == [0, 2.5 / 3.5]


def test_a_ladder_without_share_0_is_given_the_arm_of_real_rows_alone() -> None:
    made = study(arms={}, ladders={"s": {"policy": "fixed", "shares": [0.5]}}, endpoints=LADDER["endpoints"])
    assert [(rung.share, rung.arm) for rung in made.rungs["s"]] == [(0, "fixed-0"), (0.5, "fixed-0.5")]
    ladders = {"a": {"policy": "augment", "ratios": [1], "unequal_budget": "why"}}
    added = study(arms={}, ladders=ladders, endpoints=LADDER["endpoints"])
    assert [rung.arm for rung in added.rungs["a"]] == ["fixed-0", "augment-1"]


@pytest.mark.parametrize(
    ("endpoints", "primary"),
    [
        ({"recall": {"tolerance": 0.1}, "loss": {}}, "recall"),
        ({"recall": {"tolerance": 0.1}, "loss": {"primary": True}}, "loss"),
        ({"loss": {"absolute": 0.3}}, "loss"),
    ],
)
def test_the_first_endpoint_is_primary_unless_another_says_so(endpoints: dict[str, Any], primary: str) -> None:
    assert study(**LADDER | {"endpoints": endpoints}).primary_endpoint == primary
    assert study(arms={"a": REPLACE}).primary_endpoint is None


@pytest.mark.parametrize(
    ("endpoint", "settings", "words"),
    [
        ("loss", {"tolerance": 0.02}, "'loss' has no true zero, .*'gain: 0.05'"),
        ("two_sample_auc", {"tolerance": 0.02}, "'two_sample_auc' has no true zero, .*state 'absolute: …'"),
        ("recall", {"gain": 0.02}, "defined for 'loss' alone; state 'tolerance' instead"),
        ("two_sample_auc", {"gain": 0.02}, "defined for 'loss' alone; state 'absolute' instead"),
        ("recall", {"absolute": 0.1, "tolerance": 0.1}, "'tolerance' and 'absolute' are two tolerances; keep one"),
        ("recall", {}, "states no tolerance; add one, such as 'tolerance: 0.05'"),
        ("two_sample_auc", {}, "states no tolerance; add one, such as 'absolute: 0.05'"),
        ("recall", {"tolerance": 0.1, "runs": 1}, "less than 1"),
    ],
)
def test_a_tolerance_without_a_meaning_is_refused_with_one_that_has(
    endpoint: str, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        study(**LADDER | {"endpoints": {endpoint: settings}})


def test_two_primary_endpoints_are_refused() -> None:
    both = {"loss": {"primary": True}, "recall": {"tolerance": 0.1, "primary": True}}
    with pytest.raises(ValidationError, match="'loss' and 'recall' are both 'primary'; keep one"):
        study(**LADDER | {"endpoints": both})


def test_a_loss_without_a_tolerance_may_lose_a_twentieth_of_what_was_learned() -> None:
    found = study(**LADDER | {"endpoints": {"loss": {}}}).endpoints["loss"].read(ENDPOINTS["loss"])
    assert (found.size, found.scale, found.runs) == (0.05, "gain", None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"entity": "who", "time": "when"}, "'entity' and 'time' cannot both split the rows"),
        ({"arms": {SHARED: REPLACE}}, "rename the arm"),
        ({"arms": {}}, "neither 'arms' nor 'ladders'"),
        ({**LADDER, "endpoints": {}}, "'ladders' but no 'endpoints'"),
        ({"arms": {"a": {**REPLACE, "lineages": 8}}}, "arm 'a' has 8 'lineages', but the study has 7 'replicates'"),
        ({"holdout": 0}, r"leaves no rows to measure loss on; raise 'holdout', or set 'metrics: [population]'"),
        ({"holdout": 0, "metrics": ["neighbours", "population", "loss"]}, "measure loss, neighbours on"),
        ({"metrics": ["beauty"]}, "'beauty' is not a metric"),
        ({"endpoints": {"beauty": {"tolerance": 1}}}, "'beauty' is not an endpoint; choose from excess_risk, loss"),
        ({"endpoints": {"loss": {"gain": 10}}}, "less than 10"),
        ({"guards": {"loss": {"upper": -1}}}, "greater than or equal to 0"),
        ({"guards": {"loss": {"upper": float("inf")}}}, "finite number"),
        ({"guards": {"beauty": {"upper": 1}}}, "'beauty' is not a guard; choose from loss, frechet"),
        ({"webhook": "ftp://x"}, "webhook"),
        ({"webhook": "https:///x"}, "webhook"),
        ({"webhook": "see https://x"}, "webhook"),
        ({"study": "x" * 61}, "at most 60"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"rows": 1}, "greater than or equal to 2"),
        ({"holdout": 1}, "less than 1"),
        ({"generations": 1}, "greater than or equal to 2"),
        ({"real_rows": "none"}, "'shared' or 'own'"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any], words: str) -> None:
    assert words in refusal(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"entity": "who"},
        {"time": "when"},
        {**LADDER, "arms": {}},
        {"arms": {"a": {**REPLACE, "lineages": 7}}},
        {"holdout": 0, "metrics": ["population"]},
        {"holdout": 0.001, "metrics": ["loss"]},
        {"endpoints": {"loss": {"gain": 9.99}}},
        {"guards": {"loss": {"upper": 0}, "share": {"upper": 0.5}}},
        {"webhook": "http://x"},
        {"webhook": "https://x.example/y"},
        {"study": "x" * 60},
        {"seed": 0, "rows": 2, "generations": 2, "replicates": 1},
        {"generations": 1000, "replicates": 100_000},
    ],
)
def test_settings_at_the_edge_are_taken(changes: dict[str, Any]) -> None:
    assert study(**changes).study


FOLLOWED: dict[str, dict[str, Any]] = {
    "name": {"study": "other"},
    "seed": {"seed": 1},
    "source": {"source": {"kind": "population", "rows": 101, "of": {"family": "gaussian"}}},
    "holdout": {"holdout": 0.3},
    "generator": {"generator": {"kind": "gaussian", "ddof": 0}},
    "replicates": {"replicates": 8},
    "rows": {"rows": 10},
    "real rows": {"real_rows": "own"},
    "metrics": {"metrics": ["loss"]},
    "entity": {"entity": "who"},
    "time": {"time": "who"},
}
IGNORED: dict[str, dict[str, Any]] = {
    "description": {"description": "more"},
    "generations": {"generations": 9},
    "ladders": LADDER,
    "guards": {"guards": {"loss": {"upper": 1}}},
    "webhook": {"webhook": "http://x"},
    "owners": {"owners": ["team:other"]},
    "other arms": {"arms": {**SETTINGS["arms"], "third": {"policy": "accumulate"}}},
}


@pytest.mark.parametrize("lineage", [SHARED, "replace"])
def test_a_fingerprint_follows_what_shapes_the_rows_and_nothing_else(lineage: str) -> None:
    plain = study().fingerprint(lineage)
    followed = {name: study(**changes).fingerprint(lineage) for name, changes in FOLLOWED.items()}
    assert len({plain, *followed.values()}) == len(FOLLOWED) + 1
    assert {study(**changes).fingerprint(lineage) for changes in IGNORED.values()} == {plain}


def test_a_lineage_follows_its_own_arm_and_generation_0_the_rows_that_the_arms_need() -> None:
    whole = study().fingerprint("more")
    for arm in ({"policy": "augment", "ratio": 2}, {"policy": "augment", "ratio": 3, "curation": {"kind": "verify"}}):
        assert study(arms={"replace": REPLACE, "more": arm}).fingerprint("more") != whole
    split = study(arms={"more": {"policy": "augment", "ratio": 3, "lineages": 2}})
    assert len({whole, *(split.fingerprint(name) for name in split.lineages)}) == 3
    fewer = study(arms={"replace": REPLACE})
    assert fewer.fingerprint("replace") == study().fingerprint("replace")
    assert fewer.fingerprint(SHARED) != study().fingerprint(SHARED)
