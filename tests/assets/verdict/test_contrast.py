"""Each colour of a report's text is readable on each ground: a contrast of 4.5 (WCAG 2, AA), dark and on paper too."""

import re
from importlib.resources import files
from itertools import product

import pytest

from outcross.assets.verdict.report import STYLES

CSS = "".join((files("outcross.assets.verdict") / "page" / name).read_text("utf-8") for name in STYLES)
LEAST = 4.5
INKS, GROUNDS = ("ink", "muted", "accent", "limit"), ("paper", "card", "soft")
THEMES = {
    "light": r":root \{(.*?)\}",
    "dark": r":root\.dark \{(.*?)\}",
    "paper": r":root, :root\.dark \{(.*?)\}",
}


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_of_black_on_white_is_twenty_one_and_of_a_pale_grey_too_little() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#9a9a9a", "#ffffff") < LEAST


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable_on_every_ground(theme: str) -> None:
    found = re.search(THEMES[theme], CSS, re.DOTALL)
    assert found is not None
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", found[1]))
    pale = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in product(INKS, GROUNDS)}
    assert {pair: value for pair, value in pale.items() if value < LEAST} == {}
