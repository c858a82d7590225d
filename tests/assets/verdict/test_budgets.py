import polars as pl
import pytest

from outcross.assets.verdict.budgets import BudgetMismatch, check_budgets
from outcross.assets.verdict.dose_response import Ladder

LADDER = Ladder("freshness", "fresh", ((0.0, "fresh-0"), (0.8, "fresh-0.8")))


def budgets() -> pl.DataFrame:
    """Two arms, two replicates, three generations beside the shared one: 300 steps of each replicate."""
    fits = [(arm, replicate, generation) for arm in LADDER.arms for replicate in (0, 1) for generation in (1, 2, 3)]
    first = [("shared", replicate, 0) for replicate in (0, 1)]
    return pl.DataFrame(first + fits, schema=["arm", "replicate", "generation"], orient="row").with_columns(
        rows_seen=pl.lit(2_000, dtype=pl.Int64), tokens=pl.lit(50_000, dtype=pl.Int64), steps=pl.lit(100, pl.Int64)
    )


def more(spent: str, amount: int, *, arm: str = "fresh-0.8", replicates: tuple[int, ...] = (0, 1)) -> pl.DataFrame:
    """Those budgets, where an arm spent ``amount`` more in its second generation."""
    there = (pl.col("arm") == arm) & (pl.col("generation") == 2) & pl.col("replicate").is_in(replicates)
    return budgets().with_columns(pl.when(there).then(pl.col(spent) + amount).otherwise(pl.col(spent)))


def test_equal_budgets_pass() -> None:
    assert check_budgets(budgets(), LADDER, unequal_allowed=False) == []


@pytest.mark.parametrize(
    ("spent", "amount", "figures"),
    [
        ("steps", 1, "steps of a replicate: fresh-0 300, fresh-0.8 301"),
        ("steps", -20, "steps of a replicate: fresh-0 300, fresh-0.8 280"),
        ("rows_seen", 1, "rows seen of a replicate: fresh-0 6,000, fresh-0.8 6,001"),
        ("tokens", 3_062, "tokens of a replicate: fresh-0 150,000, fresh-0.8 153,062"),
    ],
)
def test_an_arm_that_spent_more_or_less_is_refused_with_the_figures(spent: str, amount: int, figures: str) -> None:
    with pytest.raises(BudgetMismatch) as refusal:
        check_budgets(more(spent, amount), LADDER, unequal_allowed=False)
    assert figures in str(refusal.value)
    assert "ladder 'freshness'" in str(refusal.value) and "unequal_budget" in str(refusal.value)


def test_tokens_may_lie_two_per_cent_apart() -> None:
    assert check_budgets(more("tokens", 3_061), LADDER, unequal_allowed=False) == []


def test_one_replicate_that_spent_more_is_enough() -> None:
    with pytest.raises(BudgetMismatch, match=r"fresh-0 300, fresh-0\.8 300–310;"):
        check_budgets(more("steps", 10, replicates=(1,)), LADDER, unequal_allowed=False)


def test_declared_budgets_are_told_in_a_sentence_each() -> None:
    unequal = more("steps", 5).with_columns(rows_seen=pl.when(pl.col("arm") == "fresh-0").then(1).otherwise(2))
    assert check_budgets(unequal, LADDER, unequal_allowed=True) == [
        "steps of a replicate: fresh-0 300, fresh-0.8 305",
        "rows seen of a replicate: fresh-0 3, fresh-0.8 6",
    ]


def test_a_fit_too_many_is_noticed_though_it_cost_nothing() -> None:
    extra = budgets().filter(arm="fresh-0.8", generation=3).with_columns(pl.lit(4).cast(pl.Int64).alias("generation"))
    free = pl.concat([budgets(), extra.with_columns(pl.lit(0).cast(pl.Int64).alias("steps"))])
    with pytest.raises(BudgetMismatch, match=r"fits of a replicate: fresh-0 3, fresh-0\.8 4"):
        check_budgets(free, LADDER, unequal_allowed=False)


@pytest.mark.parametrize("unequal_allowed", [True, False])
def test_an_arm_without_a_record_is_refused_even_where_budgets_may_differ(unequal_allowed: bool) -> None:
    with pytest.raises(BudgetMismatch, match=r"no budget recorded for fresh-0\.8; fit"):
        check_budgets(budgets().filter(pl.col("arm") != "fresh-0.8"), LADDER, unequal_allowed=unequal_allowed)


def test_generation_0_and_other_arms_are_not_compared() -> None:
    first = budgets().with_columns(
        pl.when(pl.col("generation") == 0).then(9_999).otherwise(pl.col("steps")).alias("steps")
    )
    other = budgets().filter(arm="fresh-0.8").with_columns(arm=pl.lit("augment-3"), steps=pl.lit(7).cast(pl.Int64))
    assert check_budgets(pl.concat([first, other], how="vertical_relaxed"), LADDER, unequal_allowed=False) == []
