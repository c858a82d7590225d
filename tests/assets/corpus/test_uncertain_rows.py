"""What an estimate of a share needs, what it says where it lacks that, and how certain rows are added to it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.intake.row_index import cut_into_runs
from outcross.assets.corpus.undeclared.calibration import MOST_ROWS, Rows, draw_calibration
from outcross.assets.corpus.undeclared.cells import FOLDS
from outcross.assets.corpus.undeclared.certain_rows import CertainRows
from outcross.assets.corpus.undeclared.edits import _edit, edit_texts
from outcross.assets.corpus.undeclared.estimate import _combine, _lacking, _undecided
from outcross.assets.corpus.undeclared.known_generators import hash_limit
from outcross.resources.schema import Column, Role, Schema

SCHEMA = Schema((Column(name="x", role=Role.NUMERIC),))


def rows(count: int, *, start: int = 0) -> Rows:
    numbers = range(start, start + count)
    contents = pl.Series("content", [f"{number:05}" for number in numbers], dtype=pl.String)
    return Rows.sort(pl.DataFrame({"x": list(numbers)}, schema={"x": pl.Float64}), contents, SCHEMA)


def certain(*why: str | None, by_chance: int = 0) -> CertainRows:
    return CertainRows(pl.Series(list(why), dtype=pl.String), by_chance)


@pytest.mark.parametrize(
    ("rest", "samples", "says"),
    [
        (0, {}, "no row is uncertain"),
        (
            49,
            {"holdout": 100, "gan": 100},
            "49 rows are uncertain, and an estimate needs 50; estimate batches together",
        ),
        (50, {"holdout": 100}, "there are no known synthetic rows to compare with; provide at least 100 rows of each"),
        (50, {"holdout": 99, "gan": 100}, "'holdout' has 99 rows to compare with, not counting known copies, and an"),
        (50, {"holdout": 100, "gan": 99}, "'gan' has 99 rows to compare with, not counting known copies, and an"),
        (50, {"holdout": 100, "gan": 100}, None),
    ],
)
def test_an_estimate_needs_50_uncertain_rows_and_100_of_each_sample(
    rest: int, samples: dict[str, int], says: str | None
) -> None:
    found = _lacking(rows(rest), {name: rows(count) for name, count in samples.items()})
    assert found == "" if says is None else found.startswith(says)


def test_certain_rows_are_synthetic_and_the_estimate_is_for_the_others() -> None:
    estimate: Any = SimpleNamespace(
        shares=np.array([0.25, 0.125]),
        share=0.375,
        lower=0.25,
        upper=0.5,
        auc=0.7,
        decided=True,
        reason="it fits",
        merged={},
    )
    sure = certain("declared", None, "equal", None, None, "near copy", None, None, by_chance=1200)
    found = _combine(sure, rows(5), estimate, ["gan", "copula"])
    part = 5 / 8
    assert (found.share, found.lower, found.upper) == pytest.approx(
        (3 / 8 + part * 0.375, 3 / 8 + part * 0.25, 3 / 8 + part * 0.5)
    )
    assert found.generators == pytest.approx({"gan": part * 0.25, "copula": part * 0.125})
    assert (found.auc, found.decided, found.rows, found.rows_estimated) == (0.7, True, 8, 5)
    assert found.certain == {"declared": 1, "equal": 1, "near copy": 1}
    assert found.reason == (
        "it fits; 1,200 of the rows equal known synthetic rows and are not counted as copies, because real rows equal "
        "them too"
    )


@pytest.mark.parametrize(
    ("why", "left", "share", "decided"),
    [
        ((), 0, 0.0, False),
        (("equal", None), 1, 0.5, False),
        (("equal", "declared"), 0, 1.0, True),
        ((None,), 1, 0.0, False),
    ],
)
def test_without_an_estimate_a_share_is_what_is_certain_and_decided_only_where_all_is(
    why: tuple[str | None, ...], left: int, share: float, decided: bool
) -> None:
    found = _undecided(certain(*why), rows(left), "too few")
    assert (found.share, found.lower, found.upper, found.decided) == (share, share, 1.0, decided)
    assert (found.auc, found.generators, found.reason) == (None, {}, "too few")
    assert (found.rows, found.rows_estimated) == (len(why), left)


def test_rows_are_sorted_drawn_in_order_and_spread_over_folds() -> None:
    contents = pl.Series("content", ["c", "a", "b"])
    ordered = Rows.sort(pl.DataFrame({"x": [3.0, 1.0, 2.0], "y": [0, 0, 0]}), contents, SCHEMA)
    assert (ordered.frame.columns, ordered.frame["x"].to_list(), ordered.contents.to_list()) == (
        ["x"],
        [1.0, 2.0, 3.0],
        ["a", "b", "c"],
    )
    assert ordered.without(pl.Series(["b"])).frame["x"].to_list() == [1.0, 3.0]
    assert ordered.draw(3, seed=1) is ordered
    drawn = rows(100).draw(10, seed=1)
    assert drawn.contents.is_sorted() and drawn.contents.n_unique() == 10
    assert drawn.frame["x"].cast(pl.Int64).to_list() == [int(each) for each in drawn.contents]
    assert rows(7).folds.tolist() == [place % FOLDS for place in range(7)]


def test_rows_that_equal_known_ones_calibrate_neither_side() -> None:
    real, gan, copula = rows(5000), rows(10, start=4998), rows(10, start=5003)
    drawn = draw_calibration(real, {"gan": gan, "copula": copula}, gan.contents, seed=1)
    assert drawn[0].contents.to_list() == real.contents.head(4998).to_list()
    assert drawn[1].contents.to_list() == [f"{number:05}" for number in range(4998, 5003)]
    assert drawn[2].contents.to_list() == [f"{number:05}" for number in range(5008, 5013)]


def test_where_real_rows_are_often_equal_by_chance_none_is_left_out_and_samples_have_a_limit() -> None:
    real = rows(MOST_ROWS + 10)
    drawn = draw_calibration(real, {"gan": real, "copula": rows(10)}, real.contents, seed=1)
    assert [each.frame.height for each in drawn] == [MOST_ROWS, MOST_ROWS // 2, 10]
    again = draw_calibration(real, {"gan": real, "copula": rows(10)}, real.contents, seed=1)
    assert all(one.contents.equals(other.contents) for one, other in zip(drawn, again, strict=True))
    assert not drawn[0].contents.head(100).equals(drawn[1].contents.head(100)), "each sample is a draw of its own"


@pytest.mark.parametrize(("count", "above"), [(0, True), (20_000, True), (20_848, True), (20_849, False)])
def test_few_rows_have_every_hash_below_their_limit(count: int, above: bool) -> None:
    assert (hash_limit(count) > "f" * 32) is above


def test_of_many_rows_slightly_more_than_wanted_have_a_hash_below_the_limit() -> None:
    share = int(hash_limit(10**6), 16) / 2**128
    assert share * 10**6 == pytest.approx(20_000 + 6 * 20_000**0.5, rel=1e-9)
    assert len(hash_limit(10**9)) == 32


@pytest.mark.parametrize(
    ("parts", "runs"),
    [
        (0, []),
        (1, [1]),
        (15, [1] * 15),
        (16, [16]),
        (17, [16, 1]),
        (35, [16, 16, 1, 1, 1]),
        (255, [16] * 15 + [1] * 15),
        (256, [256]),
        (600, [256, 256, 16, 16, 16, 16, 16, *[1] * 8]),
    ],
)
def test_parts_are_cut_into_the_largest_runs_that_have_a_file(parts: int, runs: list[int]) -> None:
    every: Any = list(range(parts))
    found = list(cut_into_runs(every))
    assert [len(run) for _, run in found] == runs
    assert [each for _, run in found for each in run] == every
    assert all(start == run[0] for start, run in found)  # type: ignore[comparison-overlap]


class Dice:
    """A source of numbers that are stated, pairs of places and ways to edit by turns."""

    def __init__(self, *numbers: Any) -> None:
        self._numbers = list(numbers)
        self.asked: list[int] = []

    def integers(self, high: int, size: int | None = None) -> Any:
        self.asked.append(high)
        return self._numbers.pop(0)


@pytest.mark.parametrize(
    ("dice", "edited"),
    [
        ([(1, 3), 0], "a c d"),
        ([(1, 3), 1], "a d b c d"),
        ([(1, 3), 2], "a d c b"),
        ([(1, 3), 3], "a d c b"),
    ],
)
def test_an_edit_leaves_a_word_out_or_writes_it_twice_or_swaps_two(dice: list[Any], edited: str) -> None:
    given: Any = Dice(*dice)
    assert _edit("a b c d", given) == edited
    assert given.asked == [4, 4]


def test_a_text_is_edited_once_for_sixteen_words_and_one_of_a_single_word_never() -> None:
    for words, edits in ((2, 1), (31, 1), (32, 2), (48, 3)):
        given: Any = Dice(*[(0, 1), 2] * edits)
        _edit(" ".join(["w"] * words), given)
        assert len(given.asked) == 2 * edits
    nobody: Any = Dice()
    assert (_edit("word", nobody), _edit("", nobody)) == ("word", "")
    until_one: Any = Dice((0, 1), 0)
    assert _edit("a b", until_one) == "b"


def test_edits_depend_on_the_seed_alone_and_nulls_are_empty() -> None:
    texts = pl.Series("t", ["one two three four"] * 20 + [None])
    first = edit_texts(texts, seed=1)
    assert first.equals(edit_texts(texts, seed=1)) and not first.equals(edit_texts(texts, seed=2))
    assert (first.name, first[-1]) == ("t", "")
