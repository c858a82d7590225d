"""Rows of a named test set, planted among clean ones, half of them with a cell or a word changed."""

import numpy as np
import polars as pl
import pytest

from outcross.assets.anchor.likeness import Copies, Likeness, _near
from outcross.assets.anchor.named_tests import find_tests
from outcross.assets.instruments.documents import Documents
from outcross.assets.instruments.nearness import TOLERANCES
from outcross.assets.instruments.words import Words
from outcross.resources.schema import Column, Role, Schema

TABLE = Schema(
    (
        Column(name="x", role=Role.NUMERIC),
        Column(name="y", role=Role.NUMERIC),
        Column(name="visits", role=Role.NUMERIC, integer=True),
        Column(name="town", role=Role.CATEGORICAL),
    )
)
TEXT = Schema((Column(name="text", role=Role.TEXT),))
PICTURE = Schema((Column(name="image", role=Role.IMAGE, shape=(1, 2), levels=255),))
PLANTED, CLEAN = 40, 10_000


def table(rows: int, seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "x": random.standard_normal(rows),
            "y": random.gamma(2.0, size=rows),
            "visits": random.poisson(4, rows),
            "town": random.choice(["a", "b", "c"], rows),
        }
    )


def texts(rows: int, seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    words = np.array([f"word{number}" for number in range(2_000)])
    return pl.DataFrame({"text": [" ".join(random.choice(words, 20)) for _ in range(rows)]})


def with_a_cell_changed(rows: pl.DataFrame) -> pl.DataFrame:
    """One cell of each row: another number, another count, another town, or all numbers rounded."""
    place = pl.int_range(pl.len()) % 5
    return rows.with_columns(
        x=pl.when(place == 0).then(pl.col("x") + 3).when(place == 4).then(pl.col("x").round(6)).otherwise("x"),
        y=pl.when(place == 1).then(pl.col("y") * 2).when(place == 4).then(pl.col("y").round(6)).otherwise("y"),
        visits=pl.when(place == 2).then(pl.col("visits") + 9).otherwise("visits"),
        town=pl.when(place == 3).then(pl.lit("elsewhere")).otherwise("town"),
    )


def with_a_word_changed(rows: pl.DataFrame) -> pl.DataFrame:
    changed = []
    for place, text in enumerate(rows["text"]):
        words = text.split()
        words[place % len(words)] = "zebra"
        changed.append(" ".join(words))
    return pl.DataFrame({"text": changed})


def find(schema: Schema, real: pl.DataFrame, rows: pl.DataFrame, others: pl.DataFrame) -> Copies:
    cut = real.height // 4
    return Likeness(anchor=real[cut:], holdout=real[:cut], schema=schema, seed=0).find(rows, others)


@pytest.mark.parametrize(
    ("schema", "make", "change", "real"),
    [(TABLE, table, with_a_cell_changed, 1_000), (TEXT, texts, with_a_word_changed, 300)],
)
def test_planted_rows_are_found_and_no_clean_row_is_taken(schema, make, change, real) -> None:
    test = make(200, 1)
    planted = pl.concat([test[: PLANTED // 2], change(test[PLANTED // 2 : PLANTED])])
    found = find(schema, make(real, 2), pl.concat([planted, make(CLEAN, 3)]), test)
    assert found.any[:PLANTED].sum() >= 0.95 * PLANTED
    assert found.exact.sum() == PLANTED // 2
    assert found.any[PLANTED:].sum() == 0
    assert found.abstained == ()


def test_where_real_rows_are_as_alike_only_equal_rows_are_found_and_that_is_said() -> None:
    test = pl.DataFrame(
        {"text": [f"the price of the large house in the old town is {price} pounds" for price in range(40)]}
    )
    real = test.select(pl.col("text").str.replace("pounds", "shillings"))
    found = find(TEXT, real, pl.concat([test[:5], real[:5]]), test)
    assert found.any.to_list() == [True] * 5 + [False] * 5
    assert found.abstained == ("nearly equal texts are not looked for: real texts are as alike by chance",)
    levels = table(400, 1).with_columns(x=0.0, y=0.0)
    alone = find(TABLE, levels, levels[:3].with_columns(town=pl.lit("new")), levels[100:])
    assert alone.any.sum() == 0
    assert alone.abstained[0].startswith(
        "a row that differs from one of its rows in no column but 'x', 'y', 'visits' and 1"
    )


def test_short_texts_of_rare_words_are_found_where_those_of_common_words_are_alike_by_chance() -> None:
    def bills(places: range) -> list[str]:
        return [f"we paid {place} pounds at the inn" for place in places]

    def short(seed: int) -> list[str]:
        return [" ".join(text.split()[:7]) for text in texts(120, seed)["text"]]

    test = pl.DataFrame({"text": [*bills(range(20)), *short(1)[:40]]})
    planted = pl.concat([test[20:30], with_a_word_changed(test[30:])])
    real = pl.DataFrame({"text": [*bills(range(20, 60)), *short(2)]}).sample(fraction=1, shuffle=True, seed=1)
    found = find(TEXT, real, pl.concat([planted, real]), test)
    assert found.any[: len(planted)].all() and not found.any[len(planted) :].any()
    assert found.abstained == ("texts of common words, as 25.0% of the real ones are, are compared for equality",)


def test_pictures_are_compared_for_equality() -> None:
    dtype = PICTURE.polars["image"]
    rows, others = (pl.DataFrame({"image": pl.Series(values, dtype=dtype)}) for values in ([[1, 2], [1, 3]], [[1, 2]]))
    found = find(PICTURE, others, rows, others)
    assert (found.exact.to_list(), found.near.to_list()) == ([True, False], [False, False])
    assert found.abstained == ("pictures are compared for equality alone",)


def test_a_row_of_any_named_set_is_met_and_each_set_counts_its_own() -> None:
    real, test = table(400, 2), table(60, 1)
    rows = pl.concat([test[:3], with_a_cell_changed(test[20:30]), table(50, 3)])
    likeness = Likeness(anchor=real[100:], holdout=real[:100], schema=TABLE, seed=0)
    met, told = find_tests(rows, {"early": test[:20], "late": test[20:]}, likeness)
    assert met.to_list() == [True] * 13 + [False] * 50
    assert [(found.exact, found.near) for found in (told["early"], told["late"])] == [(3, 0), (0, 10)]


def test_the_first_and_the_last_row_are_found_too() -> None:
    test, real = table(200, 1), table(1_000, 2)
    rounded = [row.with_columns(pl.col("x", "y").round(6)) for row in (test[:1], test[-1:])]
    found = find(TABLE, real, pl.concat([rounded[0], table(50, 3), rounded[1]]), test)
    assert np.flatnonzero(found.any.to_numpy()).tolist() == [0, 51]


def pairs_that_differ_in_a_town(rows: int, seed: int) -> pl.DataFrame:
    """Different people, of whom two in ``rows`` differ in nothing but where they live."""
    people = table(rows, seed)
    return pl.concat([people[:-1], people[:1].with_columns(town=pl.lit("d"))])


def test_how_many_clean_rows_are_taken_by_chance_is_estimated_from_pairs_of_real_rows() -> None:
    real, test = pairs_that_differ_in_a_town(1_000, 2), table(40, 1)
    found = find(TABLE, real, table(CLEAN, 3), test).by_chance
    pairs = 1_000 * 999 / 2
    assert found is not None and found.rate == pytest.approx(40 / pairs)
    assert 4.74 * 40 / pairs <= found.upper <= 4.75 * 40 / pairs + 4e-4, "a count of 1 is at most 4.74 (Garwood)"
    assert found.tell(CLEAN).startswith(
        "a row that is equal in all cells but one or one that differs by rounding alone counts as nearly equal; by "
        "chance that takes about 0.8 of 10,000 clean rows, at most "
    )
    none = find(TABLE, table(1_000, 2), table(50, 3), test).by_chance
    assert none is not None and none.rate == 0 < none.upper
    texts_found = find(TEXT, texts(300, 2), texts(50, 3), texts(40, 1)).by_chance
    assert texts_found is not None and "0.8 of its runs of 5 tokens" in texts_found.rule


def test_more_named_rows_take_proportionally_more_clean_rows_by_chance() -> None:
    likeness = Likeness(anchor=table(300, 2)[75:], holdout=table(300, 2)[:75], schema=TABLE, seed=0)
    upper = {rows: likeness._records_by_chance(rows, TOLERANCES[0]) for rows in (1, 20, 40)}
    limits = {rows: found.upper for rows, found in upper.items() if found is not None}
    assert limits == pytest.approx({rows: rows * limits[1] for rows in (1, 20, 40)})
    rounding = likeness._nearness.rate(TOLERANCES[0])
    assert 0.01 < rounding / limits[1] < 0.99, "both parts of the rule count"


@pytest.mark.parametrize("record", ["one two three four five", "one two three four five six"])
@pytest.mark.parametrize("strong", [True, False])
def test_texts_of_six_words_or_more_may_be_near_where_their_words_are_rare(record: str, strong: bool) -> None:
    words = record.split()
    changed = [" ".join(["zebra", *words[1:]]), " ".join([*words[:-1], "zebra"]), "\n".join(words)]
    asked, known = (Documents.of(Words.read(pl.Series("text", each)).visible) for each in (changed, [record]))
    near = len(words) >= 6 and strong
    assert _near(asked, known, np.full(3, strong)).tolist() == [near, near, True]


@pytest.mark.parametrize(("of", "pairs"), [((1, 0), 1.0), ((1, 1), 1.0), ((3, 2), 10.0)])
def test_every_pair_of_real_texts_is_compared(of: tuple[int, int], pairs: float) -> None:
    anchor, holdout = (texts(rows, seed) for seed, rows in enumerate(of))
    strengths, compared = Likeness(anchor=anchor, holdout=holdout, schema=TEXT, seed=0)._alike
    assert compared == pairs and not len(strengths)
