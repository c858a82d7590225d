"""The suite detects every generator that breaks a law, and names the law."""

import re

import polars as pl
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.generators.conformance.suite import LAWS
from outcross.resources.generators.contract import Generator
from outcross.resources.schema import Column, Role, Schema
from outcross.testing import Data, LawBroken, check_generator, generator_checks
from tests.resources.generators.conformance.faulty_generators import FAULTY, LooksAside, Sound

CASES = [
    pytest.param(law, generator, id=f"{law}: {place}")
    for law, generators in FAULTY.items()
    for place, generator in enumerate(generators)
]


@pytest.mark.parametrize(("law", "generator"), CASES)
def test_the_suite_names_the_law_that_a_generator_breaks(law: str, generator: Generator) -> None:
    check = dict(generator_checks(generator))[law]
    statement = next(each.statement for each in LAWS if each.name == law)
    named = re.escape(
        f"generator '{generator.kind}', law '{law}' on {check.args[1].data.schema.modality} data: {statement}"
    )
    with pytest.raises(LawBroken, match=rf"^{named} Found: \S"):
        check()


def test_there_is_a_broken_generator_for_every_law() -> None:
    assert set(FAULTY) == {law.name for law in LAWS}
    assert all(law.statement.endswith(".") for law in LAWS)


def test_a_sound_generator_satisfies_every_law_that_concerns_it() -> None:
    check_generator(Sound())
    checked = [name for name, _ in generator_checks(Sound())]
    assert "losses_are_one_a_row" in checked
    assert not {"no_loss_without_likelihood", "killed_fit_resumes", "exhibits_repeat_their_draws"} & set(checked)


def test_the_first_broken_law_is_raised() -> None:
    with pytest.raises(LawBroken, match=r"law 'replicate_ignores_those_beside_it'.*% of its samples differ"):
        check_generator(LooksAside())


def test_an_exception_needs_a_reason_and_fails_once_the_law_holds() -> None:
    reasons = dict.fromkeys(["replicate_ignores_those_beside_it", "fit_loss_is_that_of_training_rows"], "it is broken")
    check_generator(LooksAside(), except_for=reasons)
    with pytest.raises(LawBroken, match="the law holds, but 'except_for' has 'no reason'; remove the exception"):
        check_generator(Sound(), except_for={"card_is_json": "no reason"})
    with pytest.raises(
        BadInput, match="'except_for' names 'card_is_yaml', which is not a law; the laws are class_states"
    ):
        check_generator(Sound(), except_for={"card_is_yaml": "…"})


def test_a_generator_can_be_checked_on_your_own_rows() -> None:
    schema = Schema((Column(name="height", role=Role.NUMERIC),))
    rows = pl.DataFrame({"height": [160.0 + place * 37 % 61 for place in range(200)]})
    check_generator(Sound(), data=Data(schema, rows))
    with pytest.raises(BadInput, match="a generator check needs at least 60 rows, but 'data' has 50; pass more rows"):
        Data(schema, rows[:50])
    with pytest.raises(BadInput, match="cast and order the columns as in the schema"):
        Data(schema, rows.cast(pl.Float32))


def test_a_generator_that_accepts_no_built_in_data_needs_its_own() -> None:
    class Picky(Sound):
        def check(self, schema: Schema) -> None:
            raise BadInput("generator 'picky': there is no column 'iris'; add it")

    with pytest.raises(
        BadInput, match=r"accepts none of the built-in table data; pass your own as 'data' .*no column 'iris'"
    ):
        check_generator(Picky())


def test_laws_name_the_modality_where_a_generator_has_several() -> None:
    class Everything(Sound):
        modalities = frozenset({"table", "text"})

        def check(self, schema: Schema) -> None:
            return

    names = [name for name, _ in generator_checks(Everything())]
    assert "card_is_json (table)" in names and "card_is_json (text)" in names
