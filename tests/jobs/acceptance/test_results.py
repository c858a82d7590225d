"""The engine reproduces the published and derived results, and rejects wrong formulas."""

import math
from pathlib import Path

import pytest

from outcross.jobs.acceptance.comparison import Comparison
from outcross.jobs.acceptance.result import Outcome, Setting
from outcross.jobs.acceptance.results import RESULTS
from outcross.jobs.acceptance.running import run_result
from outcross.resources.errors import BadInput
from outcross.resources.sources import PythonDocs
from tests.shared_data import shared_data

pytestmark = pytest.mark.long(seconds=40)

DEAR = {"A15T"}
"""Trains transformers for a minute; `make accept` has it, and here the same claim is that of n-grams (A15)."""
SMALLER = {"A16": {"replicates": 20}}
"""Where less than the small setting tells the right formula from the wrong one; `make accept` has the whole."""


@pytest.mark.parametrize("name", [name for name in RESULTS if name not in DEAR])
def test_a_result_is_reproduced_and_its_negative_control_fails(name: str, tmp_path: Path) -> None:
    setting = (
        _of_a_sixth_of_the_text(tmp_path)
        if name == "A15"
        else RESULTS[name].small.with_changes(**SMALLER.get(name, {}))
    )
    outcome = run_result(RESULTS[name], setting)
    assert [each for each in outcome.comparisons if not each.holds] == []
    assert [each for each in outcome.control if each.holds] == []
    assert outcome.comparisons
    assert outcome.control
    assert outcome.passed


def _of_a_sixth_of_the_text(folder: Path) -> Setting:
    """Bigrams of all of Python's documentation take five times as long, and keep the same order."""
    rows = PythonDocs(block=64).load().rows["text"]
    (folder / "docs.txt").write_text("\n".join(rows.gather_every(6)), encoding="utf-8")
    return RESULTS["A15"].small.with_changes(generations=5, text=(str(folder / "docs.txt"),))


OF_ONE_SETTING = {"A8", "A11", "A12", "A15", "A15T", "A16", "A17"}
"""Their exact values are no formula of the rows, or follow from the text."""


@pytest.mark.parametrize("name", [name for name in RESULTS if name not in OF_ONE_SETTING])
def test_the_small_setting_is_none_that_was_published(name: str) -> None:
    small, published = RESULTS[name].small, RESULTS[name].setting
    assert small.seed != published.seed and (small.rows, small.generations) != (published.rows, published.generations)


def test_vocabulary_survival_of_wikitext_follows_the_exact_curve() -> None:
    """The published curve is for other files of the same corpus: they have 19,919 types, these have fewer."""
    texts = tuple(str(shared_data(f"wikitext2_{part}.txt")) for part in ("valid", "test"))
    outcome = run_result(RESULTS["A8"], Setting(rows=64, generations=3, replicates=2, text=texts))
    assert outcome.passed, outcome
    published = (0.8902, 0.8111, 0.7499)
    dying = [each for each in outcome.comparisons if "replace" in each.quantity]
    for value, each in zip(published, dying, strict=True):
        assert each.measured == pytest.approx(value, abs=0.012)


@pytest.mark.parametrize(
    ("name", "setting", "words"),
    [
        ("A2", Setting(rows=12, generations=3, replicates=50), "no finite variance; use at least 16"),
        ("A1", Setting(rows=15, generations=4, replicates=50), "multiple of 10"),
        ("A3", Setting(rows=1, generations=4, replicates=500), "--rows 1 is too few; use at least 2"),
        ("A7", Setting(rows=9, generations=4, replicates=3), "--replicates 3 is too few; use at least 50"),
    ],
)
def test_a_setting_for_which_a_claim_is_not_defined_is_rejected(name: str, setting: Setting, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        run_result(RESULTS[name], setting)


def test_the_same_seed_gives_the_same_measurements() -> None:
    setting = Setting(rows=5, generations=3, replicates=50, seed=3)
    first, second = (run_result(RESULTS["A13"], setting) for _ in range(2))
    assert first.comparisons == second.comparisons
    other = run_result(RESULTS["A13"], setting.with_changes(seed=4))
    assert other.comparisons != first.comparisons


def test_a_comparison_without_a_number_or_beyond_its_error_does_not_hold() -> None:
    assert not Comparison(quantity="q", exact=1.0, measured=math.nan, standard_error=1.0).holds
    assert not Comparison(quantity="q", exact=1.0, measured=1.1).holds
    assert Comparison(quantity="q", exact=1.0, measured=1.0).holds
    assert Comparison(quantity="q", exact=1.0, measured=1.02, within=0.02).z == pytest.approx(4.0)


def test_a_result_fails_if_one_comparison_of_its_control_holds() -> None:
    right = Comparison(quantity="q", exact=1.0, measured=1.0, standard_error=0.1)
    wrong = Comparison(quantity="q", exact=2.0, measured=1.0, standard_error=0.1)

    def outcome(*control: Comparison) -> Outcome:
        setting = Setting(rows=2, generations=2, replicates=2)
        return Outcome(
            id="A0", claim="", source="", setting=setting, comparisons=[right], control=list(control), seconds=0.0
        )

    assert outcome(wrong).passed
    assert not outcome(wrong, right).passed
    assert not outcome().passed


WITHOUT_POWER = {
    "A3": (Setting(rows=1000, generations=20, replicates=300, seed=23), 5_791),
    "A4": (Setting(rows=300, generations=30, replicates=400, seed=25), 3_232),
    "A5": (Setting(rows=2000, generations=30, replicates=250, seed=27), 490),
}


@pytest.mark.parametrize("name", WITHOUT_POWER)
def test_a_control_that_cannot_fail_is_named_with_the_replicates_at_which_it_can(name: str) -> None:
    setting, needed = WITHOUT_POWER[name]
    assert f"--replicates {needed} would do" in (RESULTS[name].without_power(setting) or "")
    assert RESULTS[name].powerful(setting) == []
    enough = setting.with_changes(replicates=needed)
    assert RESULTS[name].without_power(enough) is None
    assert RESULTS[name].powerful(enough)


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("A4", Setting(rows=2, generations=12, replicates=2000)),
        ("A5", Setting(rows=3, generations=8, replicates=3000)),
        ("A5", Setting(rows=3, generations=60, replicates=500)),
    ],
)
def test_a_control_is_taken_from_the_generation_in_which_it_can_fail(name: str, setting: Setting) -> None:
    assert RESULTS[name].without_power(setting) is None


@pytest.mark.parametrize("name", RESULTS)
def test_an_off_by_one_in_generations_would_be_seen_at_the_printed_setting(name: str) -> None:
    result = RESULTS[name]
    assert result.without_power(result.setting) is None
    if name == "A15T":  # an order of the last models, which the models before have as well
        assert result.off_by_one is None
    else:
        assert result.off_by_one is not None and result.off_by_one(result.setting) >= 4


def test_a_result_without_power_passes_and_says_why() -> None:
    setting = Setting(rows=400, generations=3, replicates=200, seed=27)
    outcome = run_result(RESULTS["A5"], setting)
    assert outcome.control == []
    assert "no negative control can fail here" in (outcome.note or "")
    assert outcome.passed
