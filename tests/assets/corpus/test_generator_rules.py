"""Patterns of generators: which are allowed, which denied, and the terms of each."""

import pytest

from outcross.assets.corpus.generator_rules import GeneratorRules

RULES = GeneratorRules(
    allow=("copula", "gan@2.*", "vendor/*"),
    deny=("GAN@2.1", "vendor/old-?"),
    terms={"gan@2.*": "research only", "vendor/*": "https://example.org/terms"},
)


@pytest.mark.parametrize(
    ("generator", "version", "allowed", "denied"),
    [
        ("copula", None, True, False),
        ("Copula ", "7", True, False),
        ("copula2", None, False, False),
        ("gan", "2.0", True, False),
        ("gan", "2.1", True, True),
        ("gan@2.1", None, True, True),
        ("gan", None, False, True),
        ("gan", "3", False, False),
        ("vendor/new", "1", True, False),
        ("vendor/old-1", None, True, True),
        ("vendor/old-12", None, True, False),
        ("g.n", "2.0", False, False),
    ],
)
def test_a_generator_is_like_a_pattern_by_its_name_and_version(
    generator: str, version: str | None, allowed: bool, denied: bool
) -> None:
    assert (RULES.why_unknown("synthetic", generator, version) is None) == allowed
    assert (RULES.why_denied(generator, version) is not None) == denied


def test_reasons_name_the_pattern() -> None:
    assert RULES.why_denied("gan", "2.1") == "generator 'gan@2.1' is denied by 'GAN@2.1' ('generators: deny')"
    assert (RULES.why_denied("gan", None) or "").endswith("(it states no version)")
    told = "'copula', 'gan@2.*', 'vendor/*' ('generators: allow')"
    assert RULES.why_unknown("synthetic", "gan", "3") == f"generator 'gan@3' is not among those allowed: {told}"
    assert (
        RULES.why_unknown("mixed", None, None)
        == f"the row is declared mixed and names no generator; allowed are {told}"
    )
    assert RULES.why_unknown("real", None, None) is None


def test_without_rules_every_generator_may_be_in_and_with_an_empty_list_none() -> None:
    assert GeneratorRules().why_unknown("synthetic", "anything", None) is None
    assert "allowed: none" in (GeneratorRules(allow=()).why_unknown("synthetic", "x", None) or "")


def test_terms_are_those_of_the_first_pattern() -> None:
    assert RULES.terms_of("gan", "2.7") == "research only" and RULES.terms_of("gan", None) is None
    assert RULES.terms_by_name("gan") == {"gan@2.*": "research only"}


def test_a_pattern_of_many_stars_is_compared_at_once() -> None:
    assert RULES.why_unknown("synthetic", "a" * 200, None) is not None
    assert GeneratorRules(deny=("*" * 300 + "b",)).why_denied("a" * 200, None) is None
