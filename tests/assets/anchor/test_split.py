import math

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from outcross.assets.anchor.split import Split, content_hashes, split
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.seeds import derive_seed
from outcross.resources.sources import BreastCancer, Digits, PythonDocs, Source

TABLE = Schema(
    (
        Column(name="x", role=Role.NUMERIC, nullable=True),
        Column(name="n", role=Role.NUMERIC, integer=True, nullable=True),
        Column(name="c", role=Role.CATEGORICAL, nullable=True),
    )
)

ROW = st.tuples(
    st.none() | st.floats(),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.sampled_from(["", "null", "NaN", "\x1f", '"', "é"]) | st.text(max_size=3),
)


def table(rows: list[tuple[float | None, int | None, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TABLE.polars, orient="row")


def content(value: tuple[float | None, int | None, str | None]) -> tuple[str, int | None, str | None]:
    """What makes a row: floats by their digits, so that NaN equals itself and −0 is 0."""
    number, *rest = value
    return (repr(None if number is None else number + 0.0), *rest)  # type: ignore[return-value]


@given(st.lists(ROW, min_size=1, max_size=30))
def test_hashes_are_equal_exactly_where_rows_are(rows: list[tuple[float | None, int | None, str | None]]) -> None:
    hashes = content_hashes(table(rows), TABLE).to_list()
    assert len(set(zip(hashes, map(content, rows), strict=True))) == len(set(hashes)) == len(set(map(content, rows)))


def test_values_that_look_alike_have_different_hashes() -> None:
    look_alikes = [None, "", "null", "None", "NaN", "nan", '""', "\\", "\\\\"]
    numbers = [None, math.nan, math.inf, -math.inf, 0.0, 5e-324, 0.3, 0.1 + 0.2]
    rows = table([*((1.0, 1, text) for text in look_alikes), *((number, 1, "a") for number in numbers)])
    assert content_hashes(rows, TABLE).n_unique() == len(look_alikes) + len(numbers)


def test_one_changed_pixel_changes_the_hash() -> None:
    data = Digits().load()
    pixels = data.rows["image"].to_numpy().copy()
    pixels[:, 63] += 1
    changed = data.rows.with_columns(pl.Series("image", pixels, dtype=data.rows["image"].dtype))
    assert (content_hashes(data.rows, data.schema) != content_hashes(changed, data.schema)).all()


def test_hashes_are_the_same_on_every_machine_and_in_every_version() -> None:
    assert content_hashes(table([(0.1, 7, "é"), (None, None, None)]), TABLE).to_list() == [
        "a3fb23e8ba58d45272dd604ef782fe96",
        "eaea9b8e74240785e38702d0aefeb059",
    ]


@pytest.mark.parametrize("source", [Digits(), BreastCancer(), PythonDocs()], ids=lambda source: source.kind)
def test_both_sides_together_are_the_source_numbered_and_identified(source: Source) -> None:
    data = source.load()
    sides = split(data.rows, data.schema, holdout=0.25, seed=1)
    for side in (sides.anchor, sides.holdout):
        assert dict(side.schema) == {"row": pl.Int64(), "row_id": pl.String(), **data.schema.polars}
        assert side["row"].to_list() == list(range(len(side)))
        assert side["row_id"].is_sorted()
    together = pl.concat([sides.anchor, sides.holdout])
    assert together["row_id"].is_unique().all()
    assert sorted(content_hashes(together, data.schema)) == sorted(content_hashes(data.rows, data.schema))


def test_the_order_of_the_source_changes_nothing() -> None:
    data = Digits().load()
    rows = pl.concat([data.rows, data.rows.head(50)])
    assert same(*(split(order, data.schema, holdout=0.25, seed=1) for order in (rows, rows.reverse())))


def test_rows_keep_their_side_when_others_are_added() -> None:
    data = Digits().load()
    before = split(data.rows.head(900), data.schema, holdout=0.25, seed=1)
    after = split(data.rows, data.schema, holdout=0.25, seed=1)
    assert set(before.anchor["row_id"]) <= set(after.anchor["row_id"])
    assert set(before.holdout["row_id"]) <= set(after.holdout["row_id"])


def test_the_seed_alone_decides_who_is_held_out() -> None:
    data = BreastCancer().load()
    first, again, other = (split(data.rows, data.schema, holdout=0.25, seed=seed) for seed in (1, 1, 2))
    assert same(first, again)
    assert not same(first, other)


@pytest.mark.parametrize("holdout", [0.05, 0.25, 0.5, 0.9])
def test_the_share_held_out_is_right_within_chance(holdout: float) -> None:
    rows = pl.DataFrame({"x": [None] * 5000, "n": range(5000), "c": ["a"] * 5000}, schema=TABLE.polars)
    error = math.sqrt(holdout * (1 - holdout) / len(rows))
    for seed in range(3):
        share = len(split(rows, TABLE, holdout=holdout, seed=seed).holdout) / len(rows)
        assert abs(share - holdout) < 4 * error


@settings(max_examples=30)
@given(copies=st.lists(st.integers(1, 4), min_size=60, max_size=60), seed=st.integers(0, 2**31))
def test_duplicates_stay_on_one_side_with_identifiers_of_their_own(copies: list[int], seed: int) -> None:
    rows = table([(None, number, "a") for number, count in enumerate(copies) for _ in range(count)])
    sides = split(rows, TABLE, holdout=0.5, seed=seed)
    assert not set(sides.anchor["n"]) & set(sides.holdout["n"])
    together = pl.concat([sides.anchor, sides.holdout])
    assert together["row_id"].n_unique() == len(rows) == sum(copies)


def test_a_row_is_identified_by_its_hash_and_its_repetitions_by_their_number() -> None:
    rows = table([(1.0, 1, "a"), (2.0, 2, "b"), (1.0, 1, "a"), (1.0, 1, "a")])
    one, other = content_hashes(rows, TABLE)[:2]
    anchor = split(rows, TABLE, holdout=0, seed=1).anchor
    assert anchor["row_id"].to_list() == sorted([one, f"{one}-1", f"{one}-2", other])


def test_hashes_are_the_same_in_slices_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = table([(1.0, number, "a") for number in range(5)])
    expected = content_hashes(rows, TABLE)
    for size in (1, 2, 5):
        monkeypatch.setattr("outcross.assets.anchor.split.SLICE", size)
        assert content_hashes(rows, TABLE).equals(expected)


def test_two_rows_and_nothing_held_out_are_enough() -> None:
    sides = split(table([(1.0, 1, "a"), (2.0, 2, "a")]), TABLE, holdout=0, seed=1)
    assert (sides.anchor.height, sides.holdout.height) == (2, 0)
    with pytest.raises(BadInput, match="leaves 1 of 1 rows to the anchor, which needs 2"):
        split(table([(1.0, 1, "a")]), TABLE, holdout=0, seed=1)
    sides = split(table([(1.0, number, "a") for number in range(4)]), TABLE, holdout=0.5, seed=0)
    assert (sides.anchor.height, sides.holdout.height) == (2, 2)


@pytest.mark.parametrize("holdout", [1.0, -1.0, float("nan")])
def test_a_holdout_that_is_no_share_is_refused(holdout: float) -> None:
    with pytest.raises(BadInput, match=r"'holdout' is .* choose a number"):
        split(table([(1.0, n, "a") for n in range(9)]), TABLE, holdout=holdout, seed=1)


@pytest.mark.parametrize(
    ("rows", "holdout"),
    [
        ([(1.0, 1, "a")] * 100, 0.5),
        ([(1.0, n, "a") for n in range(20)], 1e-9),
        ([(1.0, n, "a") for n in range(20)], 0.999999),
    ],
)
def test_a_side_of_fewer_than_two_rows_is_refused(
    rows: list[tuple[float | None, int | None, str | None]], holdout: float
) -> None:
    with pytest.raises(BadInput, match=r"leaves \d+ of \d+ rows to the (anchor|holdout), which needs 2"):
        split(table(rows), TABLE, holdout=holdout, seed=1)


def same(one: Split, other: Split) -> bool:
    return one.anchor.equals(other.anchor) and one.holdout.equals(other.holdout)


LABELLED = Schema((Column(name="n", role=Role.NUMERIC, integer=True), Column(name="y", role=Role.LABEL)))


def labelled(*labels: str) -> pl.DataFrame:
    return pl.DataFrame({"n": range(len(labels)), "y": labels}, schema=LABELLED.polars)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31), rare=st.integers(2, 5))
def test_a_class_of_two_rows_or_more_is_on_both_sides(seed: int, rare: int) -> None:
    sides = split(labelled(*["a"] * 60, *["b"] * rare, "single"), LABELLED, holdout=0.2, seed=seed)
    assert set(sides.anchor["y"]) >= {"a", "b"} and set(sides.holdout["y"]) >= {"a", "b"}


def test_a_row_moves_only_where_its_class_had_none_on_a_side() -> None:
    rows, more = labelled(*["a"] * 60, *["b"] * 4), labelled(*["a"] * 60, *["b"] * 4, *["c"] * 40)
    unlabelled = Schema((LABELLED.columns[0], Column(name="y", role=Role.CATEGORICAL)))
    for seed in range(12):
        stratified, by_chance = (split(rows, schema, holdout=0.2, seed=seed) for schema in (LABELLED, unlabelled))
        moved = set(stratified.holdout["n"]) ^ set(by_chance.holdout["n"])
        lacking = set(by_chance.holdout["y"]) == {"a"}
        assert len(moved) == (1 if lacking else 0) and moved <= {60, 61, 62, 63}
        after = split(more, LABELLED, holdout=0.2, seed=seed)
        assert set(stratified.holdout["row_id"]) <= set(after.holdout["row_id"])


def entities(*sizes: int) -> pl.Series:
    return pl.Series("patient", [f"p{number}" for number, size in enumerate(sizes) for _ in range(size)])


@settings(max_examples=20)
@given(sizes=st.lists(st.integers(1, 5), min_size=40, max_size=40), seed=st.integers(0, 2**31))
def test_all_rows_of_an_entity_are_on_one_side(sizes: list[int], seed: int) -> None:
    entity = entities(*sizes)
    rows = labelled(*(f"{number % 3}" for number in range(len(entity))))
    sides = split(rows, LABELLED, holdout=0.5, seed=seed, entity=entity)
    assert not set(sides.anchor["patient"]) & set(sides.holdout["patient"])
    kept = dict(pl.concat([sides.anchor, sides.holdout]).select("n", "patient").iter_rows())
    assert kept == dict(enumerate(entity))
    backwards = split(rows.reverse(), LABELLED, holdout=0.5, seed=seed, entity=entity.reverse())
    assert same(sides, backwards)


def test_rare_classes_of_entities_are_on_both_sides_where_no_other_class_loses_by_it() -> None:
    entity = entities(*[3] * 40)
    labels = ["common"] * 114 + ["rare"] * 6
    for seed in range(10):
        sides = split(labelled(*labels), LABELLED, holdout=0.2, seed=seed, entity=entity)
        assert set(sides.anchor["y"]) == set(sides.holdout["y"]) == {"common", "rare"}
        assert not set(sides.anchor["patient"]) & set(sides.holdout["patient"])


def test_equal_rows_of_two_entities_have_identifiers_of_their_own() -> None:
    rows = pl.DataFrame({"n": [1] * 40, "y": ["a"] * 40}, schema=LABELLED.polars)
    sides = split(rows, LABELLED, holdout=0.5, seed=1, entity=entities(*[1] * 40))
    together = pl.concat([sides.anchor, sides.holdout])
    assert together["row_id"].is_unique().all() and not together["row_id"].str.contains("-").any()


@pytest.mark.parametrize("times", [list(range(50)), [n // 7 for n in range(50)], [*[0] * 30, *[1] * 20]])
def test_the_holdout_lies_after_the_anchor(times: list[int]) -> None:
    time = pl.Series("time", times).shuffle(seed=1)
    sides = split(labelled(*["a"] * 50).with_columns(n=time), LABELLED, holdout=0.2, seed=1, time=time)
    assert sides.anchor["n"].max() < sides.holdout["n"].min()  # type: ignore[operator]
    assert abs(len(sides.holdout) - 10) <= max(times.count(each) for each in times)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=9), st.floats(0.05, 0.95))
def test_of_the_borders_between_two_times_the_one_nearest_to_the_share_is_taken(
    times: list[int], holdout: float
) -> None:
    time = pl.Series("time", times * 2)  # two rows a time, which is what a side needs
    late = round(holdout * len(time))
    assume(late and time.n_unique() > 1)
    held = split(labelled(*["a"] * len(time)), LABELLED, holdout=holdout, seed=1, time=time).holdout["n"].to_list()
    sizes = [int((time >= border).sum()) for border in time.unique() if border > time.min()]
    assert abs(len(held) - late) == min(abs(size - late) for size in sizes)
    assert set(held) == set(time.to_frame().with_row_index().sort("time")["index"].tail(len(held)))


@pytest.mark.parametrize("key", [{}, {"entity": entities(1, 2, 1)}, {"time": pl.Series("time", [3, 1, 2, 3])}])
def test_nothing_is_held_out_where_the_share_is_0(key: dict[str, pl.Series]) -> None:
    sides = split(labelled(*"abab"), LABELLED, holdout=0, seed=1, **key)
    assert sides.anchor.height == 4 and not sides.holdout.height


def test_a_side_is_told_by_the_content_or_the_entity_the_seed_and_the_share() -> None:
    """No version may send a row to another side: anchors that are stored would meet what they hold out."""
    rows, entity = table([(None, number, "a") for number in range(60)]), entities(*[1, 2] * 20)
    by_row = [derive_seed("split", 7, each) for each in content_hashes(rows, TABLE)]
    by_entity = [derive_seed("split", 7, "entity", each) for each in entity]
    for numbers, key in ((by_row, {}), (by_entity, {"entity": entity})):
        held = split(rows, TABLE, holdout=0.3, seed=7, **key).holdout["n"]
        assert set(held) == {place for place, number in enumerate(numbers) if number / 2**63 < 0.3}


def test_one_time_for_all_rows_is_refused() -> None:
    with pytest.raises(BadInput, match="to the holdout, which needs 2"):
        split(labelled(*["a"] * 9), LABELLED, holdout=0.2, seed=1, time=pl.Series("time", [5] * 9))


def test_the_two_zeros_of_floats_are_one_content() -> None:
    rows = pl.DataFrame({"x": [0.0, -0.0, 1.0]})
    found = content_hashes(rows, Schema((Column(name="x", role=Role.NUMERIC),)))
    assert found[0] == found[1] != found[2]
