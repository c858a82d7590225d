"""Settings in YAML: keys are text as they stand, values are those that every reader of YAML understands alike."""

import time
from datetime import date
from typing import Any

import pytest

from outcross.jobs.files.yaml_text import (
    DEEPEST,
    MOST_CHARACTERS,
    MOST_VALUES,
    NotStrict,
    _refuse_characters,
    load_yaml,
)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("2019: 2019", {"2019": 2019}),
        ("yes: true", {"yes": True}),
        ("null: null", {"null": None}),
        ("1.50: 1.50", {"1.50": 1.5}),
        ("010: ~", {"010": None}),
        ("2026-01-02: 2026-01-02", {"2026-01-02": date(2026, 1, 2)}),
        (
            "columns: {0: {no: [1, -1, +1, 0, .5, 1., -.5e+3, 1e3]}}",
            {"columns": {"0": {"no": [1, -1, 1, 0, 0.5, 1.0, -500.0, "1e3"]}}},
        ),
        ("a: &shared {1: 2}\nb: {<<: *shared, 3: 4}", {"a": {"1": 2}, "b": {"1": 2, "3": 4}}),
        (
            "a: &one {k: 1}\nb: &two {k: 2, l: 2}\nc: {l: 3, <<: [*one, *two]}",
            {"a": {"k": 1}, "b": {"k": 2, "l": 2}, "c": {"k": 1, "l": 3}},
        ),
        ("separators: ['\\t', \"\\t\", =, '=']", {"separators": ["\\t", "\t", "=", "="]}),
        ("a: ['no', \"010\", '1:30', n, Norway, 192.168.0.1, 12:75, a_b, +, '.inf', |\n yes]", None),
        ("", None),
        ("# nothing\n--- text\n...", "text"),
    ],
)
def test_values_that_every_reader_understands_alike_are_read(text: str, content: Any) -> None:
    if text.startswith("a: ["):
        text = text.replace(", |\n yes", "")
        content = {"a": ["no", "010", "1:30", "n", "Norway", "192.168.0.1", "12:75", "a_b", "+", ".inf"]}
    assert load_yaml(text) == content


REFUSED = {
    "generations: 6\ngenerations: 2": (2, 1, "the key 'generations' is there twice, first at line 1; keep one"),
    "a: {b: 1,\n 'b': 2}": (2, 2, "the key 'b' is there twice, first at line 1"),
    "a:\n  &x b: 1": (2, 3, "a key has an anchor"),
    "seed: 010": (1, 7, "write it without the zero, or '010' in quotes"),
    "zip: [1, 08]": (1, 10, "'08' in quotes"),
    "a: -01.5": (1, 4, "without the zero"),
    "time: 1:30": (1, 7, "a number to base 60 to some readers of YAML; write it in seconds, or '1:30' in quotes"),
    "level: no": (1, 8, "no is false to some readers of YAML and text to others; write false, or 'no' in quotes"),
    "a: [On]": (1, 5, "write true, or 'On' in quotes"),
    "rows: 1_000": (1, 7, "without '_'"),
    "hash: 0x1F": (1, 7, "in decimal"),
    "mode: 0o17": (1, 7, "in decimal"),
    "a: .inf": (1, 4, "no finite number"),
    "a: [-.Inf, 1]": (1, 5, "no finite number"),
    "a: .NaN": (1, 4, "no finite number"),
    "a: 1e999": (1, 4, "beyond the numbers of 64 bits"),
    f"a: {2**63}": (1, 4, "beyond the whole numbers of 64 bits"),
    f"a: {'9' * 5_000}": (1, 4, "beyond the whole numbers of 64 bits"),
    "a: 2026-13-45": (1, 4, "month must be in 1..12"),
    "a: &a [*a]": (1, 8, "within the value that it repeats"),
    "a: *gone": (1, 4, "is of nothing above it"),
    "a: &b {}\n*b : 1": (2, 1, "a key is an alias"),
    "? [a, b]\n: 1": (1, 3, "a key is one word"),
    "? {a: b}\n: 1": (1, 3, "a key is one word"),
    "<<: 1": (1, 5, "'<<' merges mappings"),
    "a: !!python/name:os.system": (1, 4, "the tag '!!python/name:os.system' is not read"),
    "a: !!binary aGk=": (1, 4, "the tag '!!binary' is not read"),
    "a: ! 010": (1, 4, "the tag '!' is not read"),
    "!!str a: 1": (1, 1, "the tag '!!str' is not read"),
    "a: !own {b: 1}": (1, 4, "the tag '!own' is not read"),
    "a: 1\n---\nb: 1": (2, 1, "a second document begins; keep one document a file"),
    "a: 1\n\tb: 2": (2, 1, "indent with spaces, not with tabs"),
    "\ufeffa: 1": (1, 1, "save it as UTF-8 without one"),
    "a: 1\nb: \x07": (2, 4, "the character '\\x07' cannot be seen; remove it"),
    "a: b\ufeff": (1, 5, "cannot be seen"),
    'a: "\\ud800"': (1, 4, "half a surrogate pair"),
    "a: [": (1, 5, "fix that line"),
    "a: b: c": (1, 5, "fix that line"),
    "[" * 100_000: (1, DEEPEST + 1, f"more than {DEEPEST} mappings and lists lie within one another"),
    "- " * 100_000: (1, 2 * DEEPEST + 1, "within one another"),
    "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)): (
        5, 44, f"aliases repeat more than {MOST_VALUES:,} values",
    ),
    "a" * (MOST_CHARACTERS + 1): (1, 1, f"settings may have {MOST_CHARACTERS:,}"),
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20])
def test_what_readers_understand_differently_or_what_explodes_is_refused_with_its_place_at_once(text: str) -> None:
    line, column, says = REFUSED[text]
    began = time.process_time()
    with pytest.raises(NotStrict) as told:
        load_yaml(text)
    assert f"at line {line}, column {column}: " in str(told.value) and says in str(told.value)
    assert time.process_time() - began < 5, "it is refused before the text is read whole"


def test_a_file_of_as_many_characters_as_settings_may_have_is_not_too_long() -> None:
    _refuse_characters("a" * MOST_CHARACTERS)
