"""The benefit of a ladder, from evaluations whose answer is known."""

from dataclasses import replace

import polars as pl
import pytest

from outcross.assets.drawing.chart import Dots, Line
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.study.real_alone import REPEATED, RealAlone
from outcross.assets.verdict.benefit.benefit import ALONE, Benefit, find_benefit
from outcross.assets.verdict.benefit.chart import MIXED, alternative_dashes, benefit_chart
from outcross.assets.verdict.benefit.sentence import benefit_sentence
from outcross.assets.verdict.degradation import IncompleteStudy
from outcross.assets.verdict.sentence import benefit_headline
from outcross.assets.verdict.verdict import verdict
from outcross.resources.seeds import derive_seed, generator
from tests.assets.drawing.room import assert_room
from tests.assets.verdict.studies import arm, evaluations, ladder

SHARES = (0.2, 0.5)
ROWS = ((1.0, 0.25), (1.0, 1.0))
CURVE = ("part-0.25", "part-0.5")
AGAIN = RealAlone(alternatives={REPEATED: ("repeat-0.25", "repeat-1")}, curve=CURVE)
ONLY = RealAlone(alternatives={}, curve=CURVE)
FRECHET = ENDPOINTS["frechet"]


def study(replicates: int = 8, metric: str = "frechet", sign: int = 1, **means: float) -> pl.DataFrame:
    """Real rows alone have the error 2; the learning curve is 1 + 1/x, so that rows of 1.25 n have the error 1.8."""
    given = {arm(0.2): 1.8, arm(0.5): 2.3, "part-0.25": 5.0, "part-0.5": 3.0, "repeat-0.25": 1.95, "repeat-1": 1.95}
    given |= means
    draws = generator(derive_seed("benefit"))

    def values(mean: float) -> list[float | None]:
        return [sign * (mean + 0.01 * float(draws.standard_normal())) for _ in range(replicates)]

    return evaluations(values(2.0), {name: values(mean) for name, mean in given.items()}, metric=metric, generations=2)


def found(frame: pl.DataFrame, alone: RealAlone = AGAIN) -> Benefit:
    benefit = find_benefit(frame, ladder(*SHARES), alone, FRECHET, rows=ROWS)
    assert benefit is not None
    return benefit


def test_the_best_share_is_judged_against_the_best_alternative() -> None:
    benefit = found(study())
    assert (benefit.best.share, benefit.best.over) == (0.2, REPEATED)
    assert benefit.best.gain == pytest.approx(0.15 / 2, abs=0.01)
    assert benefit.helps and 0.05 < benefit.lower_95 < benefit.best.gain
    assert benefit.over_alone == pytest.approx((0.1, -0.15), abs=0.01)
    assert benefit.alternatives[REPEATED] == pytest.approx((0.025, 0.025), abs=0.01)
    assert benefit.curve == pytest.approx((-1.5, -0.5), abs=0.02)


def test_a_gain_that_training_longer_gives_as_well_is_no_help() -> None:
    spoiled = study(**{"repeat-0.25": 1.8})
    benefit = found(spoiled)
    assert not benefit.helps
    assert found(study(), ONLY).helps, "against real rows alone it would seem to help"


def test_the_worth_is_read_from_the_learning_curve() -> None:
    benefit = found(study())
    assert benefit.best.worth.worth == pytest.approx(1.0, abs=0.15), "a quarter more rows lower the error to 1.8"
    harmful = benefit.mixes[1].worth
    assert harmful.worth is not None and harmful.upper is not None and harmful.upper < 0


def test_an_endpoint_that_is_better_when_higher_gives_the_same_answer() -> None:
    # Values are negative, and a share of them has no meaning here: amounts.
    low = find_benefit(study(), ladder(*SHARES), AGAIN, FRECHET, rows=ROWS, scale="absolute")
    mirrored = study(metric="recall", sign=-1)
    high = find_benefit(mirrored, ladder(*SHARES), AGAIN, ENDPOINTS["recall"], rows=ROWS, scale="absolute")
    assert low is not None and high is not None
    assert high.best.gain == pytest.approx(low.best.gain) and high.best.worth == low.best.worth
    assert low.best.gain == pytest.approx(0.15, abs=0.02), "in the unit of the endpoint"


def test_two_replicates_or_real_rows_without_a_value_give_no_benefit() -> None:
    assert find_benefit(study(2), ladder(*SHARES), AGAIN, FRECHET, rows=ROWS) is None
    control = (pl.col("arm") == arm(0)) & (pl.col("replicate") == 1)
    lost = study().with_columns(value=pl.when(control).then(None).otherwise("value"))
    assert find_benefit(lost, ladder(*SHARES), AGAIN, FRECHET, rows=ROWS) is None


def test_an_arm_of_real_rows_that_was_not_evaluated_is_named() -> None:
    with pytest.raises(IncompleteStudy, match=r"part-0\.5"):
        found(study().filter(pl.col("arm") != "part-0.5"))


def test_a_mix_that_collapsed_in_one_replicate_cannot_be_the_best() -> None:
    lost = (pl.col("arm") == arm(0.2)) & (pl.col("replicate") == 3)
    benefit = found(study().with_columns(value=pl.when(lost).then(None).otherwise("value")))
    assert benefit.best.share == 0.5 and not benefit.helps
    assert benefit.mixes[0].worth.worth is None


def test_the_sentence_says_whether_it_helps_by_how_much_and_what_a_row_is_worth() -> None:
    said = benefit_sentence(found(study()), FRECHET, scale="relative")
    assert said.startswith("Synthetic rows help: where 20 % of the dataset is synthetic, frechet is 7.")
    assert "the best that was tried without them (real rows repeated), and at least" in said
    assert "(95 % confidence); one synthetic row is worth about " in said


def test_the_sentence_never_says_that_what_is_not_shown_helps() -> None:
    benefit = found(study(), ONLY)
    doubtful = replace(benefit, lower_95=-0.001)
    said = benefit_sentence(doubtful, FRECHET, scale="relative")
    assert said.startswith("No share was shown to help: where 20 %") and "better than with real rows alone, but" in said
    worse = replace(doubtful, best=replace(benefit.best, gain=-0.02, over=ALONE))
    assert "is no better than with real rows alone" in benefit_sentence(worse, FRECHET, scale="relative")


def test_the_headline_of_a_benefit_has_a_number_only_where_it_helps() -> None:
    reached, benefit = verdict(study(), ladder(*SHARES), endpoint="frechet", tolerance=0.25, seed=3), found(study())
    least = 100 * benefit.lower_95
    assert benefit_headline(reached, benefit, whose="for 100 rows like these") == (
        f"Synthetic rows help: at 20 % synthetic, frechet (distortion) is at least {least:.2g} % better (95 % "
        "confidence) than the best without them within 1 generation, for 100 rows like these."
    )
    assert benefit_headline(reached, replace(benefit, lower_95=-0.001)) == (
        "Synthetic rows are not shown to help: at no share tried is frechet shown to be better than with the best "
        "alternative."
    )


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (0.2, 0.7, "(0.2 to 0.7, 95 % confidence)"),
        (None, 0.7, "(0.7 or less, 95 % confidence)"),
        (0.2, None, "(0.2 or more, 95 % confidence)"),
        (None, None, "(with these replicates it may be any number)"),
    ],
)
def test_an_open_limit_of_the_worth_is_said_to_be_open(lower: float | None, upper: float | None, words: str) -> None:
    benefit = found(study())
    worth = replace(benefit.best.worth, worth=0.43, lower=lower, upper=upper)
    said = benefit_sentence(replace(benefit, best=replace(benefit.best, worth=worth)), FRECHET, scale="relative")
    assert f"one synthetic row is worth about 0.43 real ones there {words}." in said


def test_a_worth_that_cannot_be_read_is_said_so() -> None:
    benefit = found(study())
    worth = replace(benefit.best.worth, worth=None, lower=None, upper=None)
    said = benefit_sentence(replace(benefit, best=replace(benefit.best, worth=worth)), FRECHET, scale="relative")
    assert said.endswith("what a synthetic row is worth there cannot be read from the learning curve of real rows.")


def test_the_chart_draws_the_mixes_and_a_line_for_each_alternative() -> None:
    benefit = found(study())
    chart = benefit_chart(benefit, FRECHET, scale="relative")
    mixed, repeated = [each for each in chart.marks if isinstance(each, Line)]
    assert list(alternative_dashes(benefit)) == [MIXED, REPEATED] and (mixed.dash, repeated.dash) == ("solid", "dash")
    assert [x for x, _ in mixed.points] == [0.0, 0.2, 0.5]
    (best,) = [each for each in chart.marks if isinstance(each, Dots) and each.marker == "diamond"]
    assert best.points == [mixed.points[1]] and best.tips == ["best share tried: 20 %"]
    assert REPEATED in chart.told and "20 %, 50 % synthetic" in chart.told
    assert_room(chart)
