"""Keys of YAML are text as they stand; values have the types of YAML."""

from datetime import date
from typing import Any

import pytest
import yaml

from outcross.jobs.files.yaml_text import load_yaml


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("2019: 2019", {"2019": 2019}),
        ("yes: yes", {"yes": True}),
        ("null: null", {"null": None}),
        ("1.50: 1.50", {"1.50": 1.5}),
        ("2026-01-02: 2026-01-02", {"2026-01-02": date(2026, 1, 2)}),
        ("columns: {0: {no: [1]}}", {"columns": {"0": {"no": [1]}}}),
        ("a: &shared {1: 2}\nb: {<<: *shared, 3: 4}", {"a": {"1": 2}, "b": {"1": 2, "3": 4}}),
        ("", None),
    ],
)
def test_a_key_is_text_whatever_it_looks_like(text: str, content: Any) -> None:
    assert load_yaml(text) == content


@pytest.mark.parametrize("text", ["? [a, b]\n: 1", "? {a: b}\n: 1", "a: [", "a: !!python/name:os.system"])
def test_a_key_that_is_no_scalar_and_what_is_no_yaml_are_errors(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        load_yaml(text)
