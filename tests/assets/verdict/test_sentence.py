import re
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.stored_verdicts import Outcome
from outcross.assets.study.tolerance import Scale, Tolerance
from outcross.assets.verdict.details import details
from outcross.assets.verdict.figures import exact_percent, percent, two_digits
from outcross.assets.verdict.sentence import sentence, whose_rows
from outcross.assets.verdict.verdict import Verdict, verdict
from tests.assets.verdict.studies import arm, evaluations, ladder, noisy

SHARES = (0.2, 0.5, 0.8)


def reach(study: pl.DataFrame, *shares: float, policy: str = "fresh", endpoint: str = "frechet") -> Verdict:
    return verdict(study, ladder(*shares, policy=policy), endpoint=endpoint, tolerance=0.25, seed=3)


def along(
    low: float, middle: float, high: float, *, noise: float = 0.01, replicates: int = 10, seed: int = 1
) -> Verdict:
    return reach(
        noisy(dict(zip(SHARES, (low, middle, high), strict=True)), noise=noise, replicates=replicates, seed=seed),
        *SHARES,
    )


def said(found: Verdict) -> str:
    return " ".join([sentence(found), *details(found, study="digits", source="digits", generator="cvae")])


def cases() -> dict[str, Verdict]:
    """A verdict for every branch there is."""
    whole = noisy({0.5: 0.0, 1.0: 0.1}, noise=0.01, policy="fixed")
    zero = evaluations([0.0] * 3, {arm(share): [0.5] * 3 for share in SHARES}, metric="recall")
    collapsed = evaluations([1.0] * 3, {arm(share): [None] * 3 for share in SHARES})
    drifted = {arm(0): [3.0] * 4, arm(0.2): [3.0] * 4, arm(0.5): [3.6] * 4, arm(0.8): [6.0] * 4}
    return {
        "limit": along(0.0, 0.15, 0.9),
        "limit, next not ruled out": along(0.0, 0.24, 0.9, noise=0.05, seed=2),
        "limit, among drift": reach(evaluations([2.0] * 4, drifted), *SHARES),
        "nothing safe": along(0.5, 0.7, 0.9),
        "collapsed everywhere": reach(collapsed, *SHARES),
        "perhaps nothing safe": along(0.28, 0.7, 0.9, noise=0.1),
        "no spread": along(0.0, 0.15, 0.9, replicates=1),
        "no number": replace(along(0.28, 0.7, 0.9, noise=0.1), replicates_needed=None),
        "undefined": reach(zero, *SHARES, endpoint="recall"),
        "safe throughout": along(0.0, 0.05, 0.1),
        "safe throughout, up to all": reach(whole, 0.5, 1.0, policy="fixed"),
        "few damaged runs": verdict(
            noisy({0.2: 0.0, 0.5: 0.0, 0.8: 0.9}, noise=0.01, replicates=20),
            ladder(*SHARES),
            endpoint="frechet",
            tolerance=Tolerance(0.25, runs=0.2),
            seed=3,
        ),
    }


CASES = cases()

WORSE = (
    "Too much is where {}frechet (Fréchet distance in an embedding fitted on the anchor; “shape deforms”) rises by "
    "more than 25 % within 2 generations of training on its own output, against real rows alone."
)
SETTING = "With the generator cvae on digits (study digits), where synthetic rows are mixed with new real ones. "
MEANT = SETTING + WORSE.format("")
TRIED = "replicates, shares 0, 0.2, 0.5, 0.8 tried, for these very rows."
AT_MOST = (
    "safe (95 % confidence): frechet (distortion) rises by at most 25 % within 2 generations, for these very rows. "
)
OPEN = (
    "Not decided: these runs do not show how much of the dataset may be synthetic before frechet (distortion) "
    f"rises too far. {MEANT} It is open because "
)
FEW = "A lineage had only 3 models: later generations may be worse."
UNSEEN = "What happens in fewer than 26 % of runs could have stayed unseen."
NOT_EVEN = (
    "Not even 20 % synthetic is safe (95 % confidence): frechet (distortion) rises by more than 25 % within 2 "
    f"generations, for these very rows. {MEANT} "
)

PARTS: dict[str, tuple[str, ...]] = {
    "limit": (
        f"Up to 50 % synthetic is {AT_MOST}{MEANT} At 80 % it does; the curve crosses at an estimated 53 %. "
        f"10 {TRIED} {UNSEEN} {FEW}",
    ),
    "limit, next not ruled out": (
        f"Up to 46 % synthetic is {AT_MOST}{MEANT} At 50 % that is not ruled out; the curve crosses at an estimated ",
    ),
    "limit, among drift": (
        "Up to 50 % synthetic is ",
        f"{FEW} Real rows alone became worse too, by 33 % since generation 0.",
    ),
    "nothing safe": (f"{NOT_EVEN}10 {TRIED} {FEW}",),
    "collapsed everywhere": (f"{NOT_EVEN}3 {TRIED} {FEW}",),
    "perhaps nothing safe": (
        f"{OPEN}the smallest share tried, 0.2, is shown neither to keep within the tolerance nor to exceed it; about ",
        f" replicates would decide in 80 % of cases, or a smaller share. 10 {TRIED}",
    ),
    "no spread": (
        f"{OPEN}1 replicate cannot show the spread; a verdict takes 3 or more; about 3 replicates ",
        ". 1 replicate, shares",
    ),
    "no number": (
        f"{OPEN}the smallest share tried",
        "; no number of replicates up to 1,000 would decide, a smaller share or a larger tolerance might. "
        "10 replicates",
    ),
    "undefined": (
        "Not decided: these runs do not show how much of the dataset may be synthetic before recall (variety) falls "
        "too far. ",
        "It is open because real rows alone have the value zero, so a share of it is not defined; state 'absolute' "
        "instead of 'tolerance'; then, or with another endpoint, it would be decided. 3 replicates",
    ),
    "safe throughout": (
        "Safe at all shares to 80 % (95 % confidence): frechet (distortion) rises by at most 25 % within 2 "
        f"generations, for these very rows. {MEANT} No larger share was tried. 10 {TRIED} {UNSEEN} {FEW}",
    ),
    "safe throughout, up to all": (
        "Safe at all shares to 100 % (95 % confidence): ",
        "where synthetic rows take the place of real ones. ",
        " against real rows alone. 10 replicates, shares 0, 0.5, 1 tried",
    ),
    "few damaged runs": (
        "Up to 50 % synthetic is safe in 80 % of runs (95 % confidence): frechet (distortion) rises by at most 25 %",
        WORSE.format("in more than 20 % of runs, ") + " At 80 % it does; ",
        FEW,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_kind_of_verdict_has_its_sentence(case: str) -> None:
    assert re.match(".*".join(re.escape(part) for part in PARTS[case]), said(CASES[case]))


@pytest.mark.parametrize("case", CASES)
def test_no_sentence_holds_what_only_a_program_would_say(case: str) -> None:
    assert not re.search(r"\b(None|nan|inf|True|False)\b|[{}_]|  |\d\.\d{4}", said(CASES[case]))


@pytest.mark.parametrize("case", CASES)
def test_only_a_decided_verdict_sounds_decided(case: str) -> None:
    assert said(CASES[case]).startswith("Not decided") != CASES[case].decided


@pytest.mark.parametrize(
    ("endpoint", "worse"),
    [
        ("rare_survival", "rare survival (share of the rare categories (under 5 %) still generated; “tails and modes"),
        ("recall", "“tails and modes vanish”) falls by more than 25 % within"),
        ("variance_ratio", "“shape deforms”) moves away from 1 by more than 25 % on a log scale within 2 generations"),
    ],
)
def test_the_sentence_says_what_getting_worse_means(endpoint: str, worse: str) -> None:
    found = replace(CASES["limit"], endpoint=endpoint, definition=str(ENDPOINTS[endpoint].definition))
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
    assert f", {mixture}. " in said(replace(CASES["limit"], ladder=ladder(*SHARES, policy=policy)))


@pytest.mark.parametrize(
    ("scale", "text"),
    [
        ("absolute", "rises by more than 0.25 nats per row, or per token of text within"),
        ("gain", "rises by more than 25 % of what the model gains over independent columns or words within"),
    ],
)
def test_a_loss_is_told_in_nats_or_as_a_share_of_what_was_learned(scale: Scale, text: str) -> None:
    found = replace(CASES["limit"], endpoint="loss", definition="loss grows", tolerance=Tolerance(0.25, scale))
    assert "loss (held-out loss of the model, nats per row (per token for text); “loss grows”) " + text in said(found)


@pytest.mark.parametrize("case", CASES)
def test_a_verdict_that_is_open_names_no_share_that_could_be_taken_for_an_answer(case: str) -> None:
    if not CASES[case].decided:
        assert not re.search(r"\d", sentence(CASES[case], whose=whose_rows(500, drawn=True)))


@pytest.mark.parametrize(
    ("drift", "told"),
    [
        ((0.0251, 0.0), "Real rows alone became worse too, by "),
        ((-0.0251, 0.0), "Real rows alone became better, by "),
        ((0.0249, 0.0), None),  # a tenth of the tolerance
        ((0.04, 0.0199), "Real rows alone became worse too, by "),
        ((0.04, 0.0201), None),  # twice its standard error
        (None, None),
    ],
)
def test_a_drift_of_real_rows_is_told_beyond_chance_and_a_tenth_of_the_tolerance(
    drift: tuple[float, float] | None, told: str | None
) -> None:
    text = said(replace(CASES["limit"], drift=drift))
    assert ("Real rows alone" in text) is (told is not None)
    assert (told or "") in text


def test_six_models_need_no_warning() -> None:
    assert "later generations" not in said(replace(CASES["limit"], generations=6))


@pytest.mark.parametrize(
    ("rows", "drawn", "text"),
    [
        (0, False, "for these very rows."),
        (1_500, False, "for these very 1,500 rows."),
        (0, True, "for rows like these."),
        (1_500, True, "for 1,500 rows like these."),
    ],
)
def test_the_sentence_says_for_whose_rows_it_holds(rows: int, drawn: bool, text: str) -> None:
    assert sentence(CASES["limit"], whose=whose_rows(rows, drawn=drawn)).endswith(text)


@pytest.mark.parametrize("endpoint", [*ENDPOINTS, "learner_of_a_very_long_name_that_goes_on"])
def test_no_verdict_takes_more_than_35_words(endpoint: str) -> None:
    subject = ENDPOINTS.get(endpoint, replace(ENDPOINTS["loss"], metric=endpoint))
    scales: tuple[Scale, ...] = ("absolute", "gain") if not subject.has_zero else ("absolute", "relative")
    for outcome in Outcome:
        for scale in scales:
            for runs, reference, generations in [(None, "holdout", 2), (0.125, "benchmark", 11)]:
                found = replace(
                    CASES["limit"],
                    endpoint=endpoint,
                    own_endpoint=subject,
                    outcome=outcome,
                    tolerance=Tolerance(0.125, scale, runs),
                    reference=reference,
                    generations=generations,
                )
                for drawn in (True, False):
                    text = sentence(found, whose=whose_rows(10_000, drawn=drawn))
                    assert len(text.split()) <= 35, text
                    assert text[0].isupper() and text.endswith(".") and ". " not in text


def test_a_verdict_of_few_words_says_that_its_tolerance_is_on_a_log_scale() -> None:
    found = replace(CASES["limit"], endpoint="variance_ratio")
    assert "variance ratio (likeness to real rows) moves from 1 by at most 25 % on a log scale within" in sentence(
        found
    )
    assert "variance ratio on 'later' moves" in sentence(replace(found, reference="later"))


def test_a_sentence_for_which_no_form_is_short_enough_is_the_shortest_one() -> None:
    found = replace(CASES["limit"], endpoint="variance_ratio")
    text = sentence(found, whose=f"for {'very ' * 35}many rows")
    assert ": 'variance_ratio' moves from 1 by at most 25 % within" in text


def test_one_generation_is_singular() -> None:
    text = said(replace(CASES["limit"], generations=2))
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


@pytest.mark.parametrize(
    ("tolerance", "text"), [(0.05, "5 %"), (0.07, "7 %"), (0.025, "2.5 %"), (1.5, "150 %"), (1 / 3, "33.33 %")]
)
def test_a_tolerance_is_told_as_it_was_given(tolerance: float, text: str) -> None:
    assert exact_percent(tolerance) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00001234, "0.000012"), (0.034, "0.034"), (3.4, "3.4"), (99.9, "100"), (345.0, "340"), (0.0, "0"), (-2.0, "-2")],
)
def test_an_amount_has_two_digits_and_no_exponent(value: float, text: str) -> None:
    assert two_digits(value) == text
