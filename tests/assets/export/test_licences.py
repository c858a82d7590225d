"""Licences: SPDX's identifiers however they are spelled, and the Hub's."""

import pytest

from outcross.assets.export.licences import hub_licence, licence_url, spdx
from tests.assets.corpus.versions import HOSTILE

IDENTIFIERS = (
    "Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CC-BY-2.0", "CC-BY-3.0", "CC-BY-4.0",
    "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-NC-3.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0", "CDLA-Permissive-1.0", "CDLA-Permissive-2.0", "CDLA-Sharing-1.0", "ODbL-1.0",
    "ODC-By-1.0", "PDDL-1.0", "Unlicense", "GFDL-1.3-only",
)  # fmt: skip
"""Licences that data comes under."""
FAMILIES = {"ODbL-1.0": "odbl", "ODC-By-1.0": "odc-by", "PDDL-1.0": "pddl", "GFDL-1.3-only": "gfdl"}


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_an_identifier_is_known_in_any_spelling_and_by_the_hub(identifier: str) -> None:
    for spelling in (identifier, identifier.lower(), identifier.upper(), f" {identifier.replace('-', ' ')} "):
        assert spdx(spelling) == identifier
    assert spdx(identifier.replace("-", "_")) == identifier
    assert licence_url(identifier) == f"https://spdx.org/licenses/{identifier}.html"
    assert hub_licence(identifier) == FAMILIES.get(identifier, identifier.lower())


@pytest.mark.parametrize(
    ("short", "identifier"), [("ODbL", "ODbL-1.0"), ("odc by", "ODC-By-1.0"), ("PDDL", "PDDL-1.0")]
)
def test_a_family_of_one_version_stands_for_that_version(short: str, identifier: str) -> None:
    assert spdx(short) == identifier


def test_a_licence_that_the_hub_does_not_know_is_other() -> None:
    assert spdx("gpl-3.0-only") == "GPL-3.0-only"
    assert hub_licence("GPL-3.0-only") == "other"


@pytest.mark.parametrize(
    "text", ["MIT License", "MIT OR Apache-2.0", "and", "(mit)", "LicenseRef-ours", "Apache-2.0+", "", *HOSTILE]
)
def test_other_text_is_no_identifier(text: str) -> None:
    assert spdx(text) is None
    assert licence_url(text) is None
    assert hub_licence(text) == "other"


def test_an_address_is_where_the_licence_can_be_read() -> None:
    assert licence_url(" https://example.com/terms ") == "https://example.com/terms"
    assert licence_url("javascript:alert(1)") is None
