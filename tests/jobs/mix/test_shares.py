"""Which shares are tried, and how many rows of the pool each takes; and which way a score is better."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcross.jobs.mix.directions import better_of
from outcross.jobs.mix.shares import choose_rungs
from outcross.resources.errors import BadInput


@pytest.mark.parametrize(
    ("shares", "pool", "drawn"),
    [((), 1000, [111, 333, 1000]), ((), 250, [53, 111, 250]), ((0.5, 0.75), 3000, [1000, 3000])],
)
def test_each_share_takes_its_rows_beside_all_real_ones(shares: tuple[float, ...], pool: int, drawn: list[int]) -> None:
    rungs = choose_rungs(shares, real=1000, pool=pool, left_out=0)
    assert [rung.synthetic for rung in rungs] == drawn
    assert all(rung.synthetic / (1000 + rung.synthetic) == pytest.approx(rung.share, abs=1e-3) for rung in rungs)


@given(real=st.integers(2, 100_000), pool=st.integers(1, 100_000))
def test_no_share_that_is_chosen_takes_more_rows_than_the_pool_has(real: int, pool: int) -> None:
    try:
        rungs = choose_rungs((), real=real, pool=pool, left_out=0)
    except BadInput:
        assert pool / (pool + real) < 0.021
    else:
        assert rungs[-1].synthetic <= pool


@pytest.mark.parametrize(
    ("shares", "pool", "says"),
    [
        (
            (0.2, 0.5),
            250,
            "--shares: where 0.5 of the dataset is synthetic, 1,000 real rows take 1,000 rows of",
        ),
        (
            (0.5,),
            250,
            "and it has 250 that may be drawn (7 are copies of real rows, and were left out); lower ",
        ),
        ((0.5,), 250, "the share to 0.2 or less, or add 750 rows to the pool"),
        ((), 9, "add rows to the pool, 20 at least, or name --shares below 0.02"),
    ],
)
def test_a_pool_that_is_too_small_is_refused_with_what_it_allows(
    shares: tuple[float, ...], pool: int, says: str
) -> None:
    with pytest.raises(BadInput) as refused:
        choose_rungs(shares, real=1000, pool=pool, left_out=7)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("name", "better"),
    [("val_loss", "lower"), ("f1_macro", "higher"), ("RMSE", "lower"), ("churn", None), ("accuracy_loss", None)],
)
def test_which_way_is_better_is_known_where_the_words_of_a_name_agree(name: str, better: str | None) -> None:
    assert better_of(name) == better
