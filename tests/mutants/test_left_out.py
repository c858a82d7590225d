"""Where no mutant is made."""

import ast

import pytest

from tests.mutants.left_out import left_out


def _left_out_of(source: str) -> list[str]:
    lines = source.splitlines()
    return [lines[begin[0] - 1][begin[1] : end[1]] for begin, end in left_out(ast.parse(source)) if begin[0] == end[0]]


def test_what_the_type_checker_holds_is_left_out() -> None:
    found = _left_out_of(
        "@dataclass(frozen=True, kw_only=True, slots=False, eq=True)\nclass A:\n    b: int | None = 3\n"
    )
    assert sorted(found) == ["False", "True", "True", "int | None"]
    assert _left_out_of("@dc.dataclass(frozen=True)\nclass A: ...\n") == ["True"]


def test_a_type_and_the_star_before_keywords_are_left_out() -> None:
    assert _left_out_of("Rows = dict[str, int] | None\n") == ["dict[str, int] | None"]
    assert _left_out_of("def f(a: int, *, b: str) -> int: return a * 2\n") == ["int", ", *, ", "int", "str"]


def test_the_lengths_of_a_zip_are_left_out() -> None:
    assert _left_out_of("zip(a, b, strict=True)\n") == ["True"]


def test_whether_a_field_is_an_argument_is_left_out_and_whether_it_is_compared_is_not() -> None:
    assert _left_out_of("a: int = field(init=False, compare=True)\n") == ["int", "False"]


def test_what_is_asserted_is_left_out() -> None:
    assert _left_out_of("assert a is not None and b, 'why'\n") == ["assert a is not None and b, 'why'"]


@pytest.mark.parametrize("name", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_whether_the_type_checker_reads_is_left_out(name: str) -> None:
    assert _left_out_of(f"if {name}:\n    import torch\n") == [name]


@pytest.mark.parametrize(
    "source",
    [
        "values.cast(int, strict=False)\n",
        "class A(Model, frozen=True, extra='forbid'): ...\n",
        "@settings(frozen=True)\nclass A: ...\n",
        "@dataclass(eq=False)\nclass A: ...\n",
        "dataclass(frozen=True)\n",
        "MOST = 5 * 3\n",
        "if CHECKING:\n    import torch\n",
    ],
)
def test_what_a_user_could_see_is_not_left_out(source: str) -> None:
    assert _left_out_of(source) == []
