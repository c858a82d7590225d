import re
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.verdict.sentence import exact_percent, percent, sentence
from outcross.assets.verdict.verdict import Verdict, verdict
from tests.assets.verdict.studies import arm, evaluations, ladder, noisy

SHARES = (0.2, 0.5, 0.8)


def reach(study: pl.DataFrame, *shares: float, policy: str = "fresh", endpoint: str = "frechet") -> Verdict:
    return verdict(study, ladder(*shares, policy=policy), endpoint=endpoint, tolerance=0.25, seed=3)


def along(low: float, middle: float, high: float, *, noise: float = 0.01, replicates: int = 10) -> Verdict:
    return reach(
        noisy(dict(zip(SHARES, (low, middle, high), strict=True)), noise=noise, replicates=replicates), *SHARES
    )


def said(found: Verdict) -> str:
    return sentence(found, study="digits", source="digits", generator="cvae")


def cases() -> dict[str, Verdict]:
    """A verdict for every branch there is."""
    whole = noisy({0.5: 0.0, 1.0: 0.1}, noise=0.01, policy="fixed")
    zero = evaluations([0.0] * 3, {arm(share): [0.5] * 3 for share in SHARES}, metric="recall")
    collapsed = evaluations([1.0] * 3, {arm(share): [None] * 3 for share in SHARES})
    return {
        "decided": along(0.0, 0.15, 0.9),
        "nothing safe": along(0.5, 0.7, 0.9),
        "collapsed everywhere": reach(collapsed, *SHARES),
        "more replicates": along(0.15, 0.4, 3.0, noise=0.3, replicates=6),
        "no spread": along(0.0, 0.15, 0.9, replicates=1),
        "perhaps nothing safe": along(0.28, 0.7, 0.9, noise=0.4),
        "no number": replace(along(0.15, 0.4, 3.0, noise=0.3, replicates=6), replicates_needed=None),
        "undefined": reach(zero, *SHARES, endpoint="recall"),
        "never crosses": along(0.0, 0.05, 0.1),
        "never crosses, unsurely": replace(along(0.0, 0.05, 0.1), lower_95=0.29),
        "never crosses, by chance": replace(along(0.0, 0.05, 0.1), lower_95=0.0),
        "never crosses, no spread": along(0.0, 0.05, 0.1, replicates=1),
        "never crosses, up to all": reach(whole, 0.5, 1.0, policy="fixed"),
    }


CASES = cases()

WORSE = (
    "frechet (Fréchet distance in an embedding fitted on the anchor; “shape deforms”) rises by more than 25 % within "
    "2 generations of training on its own output"
)
SETTING = "the generator cvae on digits (study digits), where synthetic rows are mixed with new real ones, "
TRIED = "replicates, shares 0.2, 0.5, 0.8 tried."
OPEN = f"Not decided: with {SETTING}it is open how much of the dataset may be synthetic before "
ABOVE = f"Not decided: with {SETTING}at no share tried, up to 80 %, {WORSE}; "
LARGER = "; an arm with a larger share, more generations or a smaller tolerance would decide"
SHOWN = "with 95 % confidence, {} % of the dataset may be synthetic"

PARTS: dict[str, tuple[str, ...]] = {
    "decided": (
        f"With {SETTING}53 % of the dataset may be synthetic (with 95 % confidence, at least 5",
        f" %) before {WORSE}; 10 {TRIED}",
    ),
    "nothing safe": (
        f"No share tried is safe: with {SETTING}{WORSE} already where 20 % of the dataset is synthetic; 10 {TRIED}",
    ),
    "collapsed everywhere": (
        f"No share tried is safe: with {SETTING}{WORSE} already where 20 % of the dataset is synthetic; 3 {TRIED}",
    ),
    "more replicates": (
        f"{OPEN}{WORSE}, because the lower limit is zero: the safe share cannot be distinguished from zero; about ",
        " replicates would decide if the next are like the 6 so far; the estimate so far is 2",
        " %.",
    ),
    "no spread": (
        f"{OPEN}{WORSE}, because 1 replicate cannot show the spread; a verdict takes 3 or more; about 3 replicates "
        "would decide if the next are like the 1 so far; the estimate so far is 53 %.",
    ),
    "perhaps nothing safe": (
        f"{OPEN}{WORSE}, because the share 0.2, below which no share was found safe, exceeds the tolerance, but not "
        "surely; about ",
        " replicates would decide if the next are like the 10 so far; the estimate so far is 0 %.",
    ),
    "no number": (
        f"{OPEN}{WORSE}, because the lower limit is zero",
        "; no number of replicates up to 1,000 would decide, arms with shares in between might; the estimate so far is",
    ),
    "undefined": (
        OPEN,
        ", because generation 0 is zero, so a relative change is not defined; another endpoint would decide.",
    ),
    "never crosses": (f"{ABOVE}{SHOWN.format(80)}{LARGER}; 10 {TRIED}",),
    "never crosses, unsurely": (f"{ABOVE}{SHOWN.format(29)}, and no larger share is shown to be safe{LARGER}; 10",),
    "never crosses, by chance": (
        f"{ABOVE}this shows no share to be safe, since with 95 % confidence the limit may be 0 %{LARGER}; 10 {TRIED}",
    ),
    "never crosses, no spread": (f"{ABOVE}1 replicate cannot show how sure that is{LARGER}; 1 replicate, shares",),
    "never crosses, up to all": (
        "Not decided: with the generator cvae on digits (study digits), where synthetic rows take the place of real "
        f"ones, at no share tried, up to 100 %, {WORSE}; {SHOWN.format(100)}; more generations or a smaller tolerance "
        "would decide; 10 replicates, shares 0.5, 1 tried.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_kind_of_verdict_has_its_sentence(case: str) -> None:
    assert re.fullmatch(".*".join(re.escape(part) for part in PARTS[case]) + "[^;]*", said(CASES[case]))


@pytest.mark.parametrize("case", CASES)
def test_no_sentence_holds_what_only_a_program_would_say(case: str) -> None:
    assert not re.search(r"\b(None|nan|inf|True|False)\b|[{}_]|  |\d\.\d{4}", said(CASES[case]))


@pytest.mark.parametrize("case", CASES)
def test_only_a_decided_verdict_sounds_decided(case: str) -> None:
    assert said(CASES[case]).startswith("Not decided") != CASES[case].decided


@pytest.mark.parametrize(
    ("endpoint", "worse"),
    [
        (
            "loss",
            "loss (held-out loss of the model, nats per row (per token for text); “loss grows”) rises by more than",
        ),
        ("rare_survival", "rare survival (share of the rare categories (under 5 %) still generated; “tails and modes"),
        ("recall", "“tails and modes vanish”) falls by more than 25 % within"),
        ("variance_ratio", "“shape deforms”) moves away from 1 by more than 25 % on a log scale within 2 generations"),
    ],
)
def test_the_sentence_says_what_getting_worse_means(endpoint: str, worse: str) -> None:
    found = replace(CASES["decided"], endpoint=endpoint, definition=str(ENDPOINTS[endpoint].definition))
    assert worse in said(found)


@pytest.mark.parametrize(
    ("policy", "mixture"),
    [
        ("fixed", "where synthetic rows take the place of real ones"),
        ("augment", "where synthetic rows are added to all the real ones"),
        ("fresh", "where synthetic rows are mixed with new real ones"),
        ("curated", "mixed by the policy 'curated'"),
    ],
)
def test_the_sentence_says_how_the_data_were_mixed(policy: str, mixture: str) -> None:
    assert f", {mixture}, " in said(replace(CASES["decided"], ladder=ladder(*SHARES, policy=policy)))


def test_one_generation_is_singular() -> None:
    text = said(replace(CASES["decided"], generations=2))
    assert "within 1 generation of training" in text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.0004, "0 %"),
        (0.0019, "0.1 %"),
        (0.07, "7 %"),
        (0.0799, "7.9 %"),
        (0.0999, "9.9 %"),
        (0.1, "10 %"),
        (0.29, "29 %"),  # 28.999… in floating point
        (0.57, "57 %"),
        (0.5799, "57 %"),
        (0.999, "99 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_is_rounded_down(share: float, text: str) -> None:
    assert percent(share) == text


@given(st.floats(0, 1))
def test_no_share_looks_larger_than_it_is(share: float) -> None:
    shown = float(percent(share).removesuffix(" %")) / 100
    assert share - 0.01 < shown <= share + 1e-10


@pytest.mark.parametrize(("tolerance", "text"), [(0.05, "5 %"), (0.07, "7 %"), (0.025, "2.5 %"), (1.5, "150 %")])
def test_a_tolerance_is_told_as_it_was_given(tolerance: float, text: str) -> None:
    assert exact_percent(tolerance) == text
