"""The suite of laws notices every generator that breaks one, and says which."""

import re

import polars as pl
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.generators.conformance.suite import LAWS
from outcross.resources.generators.contract import Generator
from outcross.resources.schema import Column, Role, Schema
from outcross.testing import Data, LawBroken, check_generator, generator_checks
from tests.resources.generators.conformance.broken import BROKEN, LooksAside, Sound

CASES = [
    pytest.param(law, generator, id=f"{law}: {place}")
    for law, generators in BROKEN.items()
    for place, generator in enumerate(generators)
]


@pytest.mark.parametrize(("law", "generator"), CASES)
def test_a_generator_that_breaks_a_law_is_told_which(law: str, generator: Generator) -> None:
    check = dict(generator_checks(generator))[law]
    says = next(each.says for each in LAWS if each.name == law)
    named = re.escape(f"generator '{generator.kind}', law '{law}' on {check.args[1].data.schema.modality} data: {says}")
    with pytest.raises(LawBroken, match=rf"^{named} Found: \S"):
        check()


def test_there_is_a_broken_generator_for_every_law() -> None:
    assert set(BROKEN) == {law.name for law in LAWS}
    assert all(law.says.endswith(".") for law in LAWS)


def test_a_sound_generator_keeps_every_law_that_concerns_it() -> None:
    check_generator(Sound())
    asked = [name for name, _ in generator_checks(Sound())]
    assert "losses_are_one_a_row" in asked
    assert not {"no_loss_without_likelihood", "killed_fit_resumes", "exhibits_repeat_their_draws"} & set(asked)


def test_the_first_broken_law_is_raised() -> None:
    with pytest.raises(LawBroken, match=r"law 'replicate_ignores_those_beside_it'.*% of its samples differ"):
        check_generator(LooksAside())


def test_an_exception_is_stated_with_its_reason_and_ends_once_the_law_holds() -> None:
    reasons = dict.fromkeys(["replicate_ignores_those_beside_it", "fit_loss_is_that_of_training_rows"], "it is broken")
    check_generator(LooksAside(), except_for=reasons)
    with pytest.raises(LawBroken, match="it holds, and is excepted since 'no reason'; remove the exception"):
        check_generator(Sound(), except_for={"card_is_json": "no reason"})
    with pytest.raises(BadInput, match="'except_for' names 'card_is_yaml', which is no law; class_states"):
        check_generator(Sound(), except_for={"card_is_yaml": "…"})


def test_a_generator_is_asked_on_rows_of_ones_own() -> None:
    schema = Schema((Column(name="height", role=Role.NUMERIC),))
    rows = pl.DataFrame({"height": [160.0 + place * 37 % 61 for place in range(200)]})
    check_generator(Sound(), data=Data(schema, rows))
    with pytest.raises(BadInput, match="there are 50 rows to check a generator on, and 60 are needed"):
        Data(schema, rows[:50])
    with pytest.raises(BadInput, match="cast and order them as the schema says"):
        Data(schema, rows.cast(pl.Float32))


def test_a_generator_that_takes_none_of_the_data_at_hand_needs_some() -> None:
    class Picky(Sound):
        def check(self, schema: Schema) -> None:
            raise BadInput("generator 'picky': there is no column 'iris'; add it")

    with pytest.raises(BadInput, match=r"models none of the table data at hand; give 'data' .*no column 'iris'"):
        check_generator(Picky())


def test_laws_name_the_modality_where_a_generator_has_several() -> None:
    class Everything(Sound):
        modalities = frozenset({"table", "text"})

        def check(self, schema: Schema) -> None:
            return

    names = [name for name, _ in generator_checks(Everything())]
    assert "card_is_json (table)" in names and "card_is_json (text)" in names
