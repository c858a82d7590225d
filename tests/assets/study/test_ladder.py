"""Ladders: which policies can be one, and which rungs are refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from outcross.assets.study.ladder import LADDERS, LadderSettings
from outcross.assets.study.policies import POLICIES


def ladder(**settings: Any) -> LadderSettings:
    return LadderSettings.model_validate(settings)


def test_every_policy_that_names_a_rung_key_is_a_ladder_by_its_plural() -> None:
    assert {name for name, policy in POLICIES.items() if policy.rung_key} == set(LADDERS)
    for name, policy in LADDERS.items():
        built = ladder(policy=name, **{f"{policy.rung_key}s": [0, 0.5, 1]}).policies()
        shares = [each.share(1) for each in built]
        assert shares == sorted(set(shares)), "the share rises with the rung"
        assert {type(each) for each in built} == {policy}


def test_every_ladder_has_words_for_the_verdict() -> None:
    assert all(policy.mixture and policy.mixture.startswith("where ") for policy in LADDERS.values())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"policy": "fixed", "shares": [0, 1], "unequal_bugdet": "why"}, "'unequal_bugdet' is not a key of a ladder"),
        ({"policy": "replace", "shares": [0, 1]}, "policy 'replace' cannot be a ladder; choose from augment"),
        ({"policy": "augment", "shares": [0, 1]}, "a ladder of 'augment' takes 'ratios', not 'shares'"),
        ({"policy": "fixed", "shares": [0, 1], "ratios": [1, 2]}, "takes 'shares', not 'ratios'"),
        ({"policy": "fixed", "shares": [0, 1.5]}, "less than or equal to 1"),
        ({"policy": "augment", "ratios": [0, 2000]}, "'ratios': Input should be less than or equal to 1000"),
        ({"policy": "fresh"}, r"'shares' is \[\]; list at least one value above 0, ascending"),
    ],
)
def test_a_ladder_that_cannot_be_built_is_refused_with_a_remedy(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ladder(**settings)


def test_a_ladder_is_written_as_earlier_versions_wrote_it() -> None:
    """Verdicts store a hash of it, so they stay current."""
    assert ladder(policy="fixed", shares=[0, 1]).model_dump_json() == (
        '{"policy":"fixed","shares":[0.0,1.0],"ratios":[],"unequal_budget":null}'
    )
