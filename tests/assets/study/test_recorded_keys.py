"""Settings are recorded without later keys at their default, also where they lie in lists and mappings."""

from typing import Any

import pytest
from pydantic import BaseModel

from outcross.assets.study import recorded_keys
from outcross.assets.study.recorded_keys import recorded


class Inner(BaseModel):
    first: int = 1
    later: int = 2


class Outer(BaseModel):
    listed: list[Inner] = []
    named: dict[str, Inner] = {}
    plain: tuple[int, ...] = ()


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    first = {"Inner": frozenset({"first"}), "Outer": frozenset({"listed", "named", "plain"})}
    monkeypatch.setattr(recorded_keys, "first_keys", lambda: first)


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"listed": [Inner(), Inner(later=3)]}, {"listed": [{"first": 1}, {"first": 1, "later": 3}]}),
        ({"named": {"a": Inner(), "b": Inner(later=3)}}, {"named": {"a": {"first": 1}, "b": {"first": 1, "later": 3}}}),
        ({"plain": (4, 5)}, {"plain": [4, 5]}),
    ],
)
def test_a_later_key_is_recorded_where_it_has_another_value_than_its_default(
    settings: dict[str, Any], wanted: dict[str, Any]
) -> None:
    assert recorded(Outer(**settings)) == {"listed": [], "named": {}, "plain": []} | wanted
