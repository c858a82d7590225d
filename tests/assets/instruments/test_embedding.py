import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments import embedding as embedding_module
from outcross.assets.instruments import table_features as table_module
from outcross.assets.instruments.embedding import DIMENSIONS, SKETCH, Embedding, _principal
from outcross.assets.instruments.image_features import LONGEST_SIDE, ImageFeatures
from outcross.assets.instruments.table_features import FARTHEST, TableFeatures
from outcross.assets.instruments.text_features import TextFeatures
from outcross.resources.schema import Column, Role, Schema
from tests.assets.evaluation.data import split
from tests.assets.evaluation.images import pixels_of, rows_of, tiny

MIXED = Schema(
    (
        Column(name="size", role=Role.NUMERIC),
        Column(name="age", role=Role.NUMERIC, integer=True, nullable=True),
        Column(name="colour", role=Role.CATEGORICAL, nullable=True),
        Column(name="label", role=Role.LABEL),
    )
)


def mixed(size: list, age: list, colour: list, label: list) -> pl.DataFrame:
    return pl.DataFrame({"size": size, "age": age, "colour": colour, "label": label}, schema=MIXED.polars)


ANCHOR = mixed([1.0, 3.0, 1.0, 3.0], [10, None, 30, 20], ["red", "red", None, "blue"], ["a", "b", "a", "b"])


@pytest.mark.parametrize(("kind", "most"), [("digits", 64), ("breast_cancer", 64), ("python_docs", 32)])
def test_embeddings_are_small_centred_on_the_anchor_and_reproducible(kind: str, most: int) -> None:
    anchor, _, schema = split(kind)
    embedding = Embedding.fit(anchor, schema)
    points = embedding.transform(anchor)
    assert points.shape[0] == anchor.height
    assert points.shape[1] <= most
    assert np.allclose(points.mean(axis=0), 0.0)
    again = Embedding.fit(anchor.clone(), schema)
    assert again.digest == embedding.digest
    assert np.array_equal(again.transform(anchor), points)


def test_other_rows_give_another_digest() -> None:
    anchor, holdout, schema = split("digits")
    assert Embedding.fit(anchor, schema).digest != Embedding.fit(holdout, schema).digest


def test_image_coordinates_are_principal_components() -> None:
    from sklearn.decomposition import PCA

    anchor, holdout, schema = split("digits")
    points = Embedding.fit(anchor, schema).transform(holdout)[:, :10]
    reference = PCA(10, svd_solver="full").fit(anchor["image"].to_numpy() / 16)
    assert np.allclose(np.abs(points), np.abs(reference.transform(holdout["image"].to_numpy() / 16)))


def large(seed: int, rows: int, shape: tuple[int, int]) -> tuple[pl.DataFrame, Schema]:
    """Images that vary in ten smooth directions, and slightly in every pixel."""
    schema = tiny(shape)
    draws = np.random.default_rng(seed)
    smooth = np.sin(np.outer(np.arange(1, 11), np.linspace(0, np.pi, shape[0] * shape[1])))
    pixels = 128 + draws.normal(size=(rows, 10)) @ smooth * 8 + draws.normal(size=(rows, shape[0] * shape[1])) * 4
    return rows_of(schema, pixels.reshape(rows, *shape), [None] * rows), schema


def test_distances_of_large_images_are_nearly_those_of_their_pixels() -> None:
    rows, schema = large(1, 300, (20, 20))
    points = Embedding.fit(rows, schema).transform(rows)
    assert points.shape[1] == DIMENSIONS["image"] + SKETCH
    pixels = rows["image"].to_numpy() / 255
    ratio = ((points[:150] - points[150:]) ** 2).sum(axis=1) / ((pixels[:150] - pixels[150:]) ** 2).sum(axis=1)
    assert ratio.mean() == pytest.approx(1.0, abs=0.05)
    assert ratio.std() < 0.2


def test_noise_outside_the_main_directions_is_in_the_sketch() -> None:
    rows, schema = large(1, 300, (20, 20))
    embedding = Embedding.fit(rows, schema)
    noise = np.random.default_rng(2).normal(size=(300, 20, 20)) * 12
    spoilt = rows_of(schema, pixels_of(schema, rows) + noise, [None] * 300)
    main, rest = np.split(((embedding.transform(spoilt) - embedding.transform(rows)) ** 2).mean(axis=0), [64])
    assert main.sum() + rest.sum() == pytest.approx((noise**2).sum(axis=(1, 2)).mean() / 255**2, rel=0.1)
    assert rest.sum() > 3 * main.sum()


def test_a_classifier_of_the_label_sees_only_the_main_directions() -> None:
    rows, schema = large(1, 100, (20, 20))
    embedding = Embedding.fit(rows, schema)
    assert np.array_equal(embedding.main.transform(rows), embedding.transform(rows)[:, :64])
    assert embedding.main.main is embedding.main
    small, _, digits = split("digits")
    whole = Embedding.fit(small, digits)
    assert whole.main is whole


def test_images_with_few_more_pixels_than_main_directions_keep_all_of_them() -> None:
    rows, schema = large(1, 100, (10, 9))
    points = Embedding.fit(rows, schema).transform(rows)
    pixels = rows["image"].to_numpy() / 255
    assert points.shape[1] == 90
    assert np.allclose(((points[:50] - points[50:]) ** 2).sum(axis=1), ((pixels[:50] - pixels[50:]) ** 2).sum(axis=1))


def test_large_images_are_averaged_down() -> None:
    schema = Schema((Column(name="image", role=Role.IMAGE, shape=(64, 8), levels=255),))
    pixels = np.arange(64 * 8, dtype=np.uint8).reshape(1, 64, 8)
    rows = pl.DataFrame({"image": pixels.reshape(1, -1)}, schema=schema.polars)
    encoded = ImageFeatures.fit(rows, schema).encode(rows).reshape(LONGEST_SIDE, 8)
    assert np.allclose(encoded, pixels[0].reshape(32, 2, 8).mean(axis=1) / 255)


@pytest.mark.parametrize(("levels", "most"), [(None, 255), (255, 255), (15, 15)])
def test_the_highest_value_of_a_picture_is_1_whatever_its_number_of_levels(levels: int | None, most: int) -> None:
    schema = Schema((Column(name="image", role=Role.IMAGE, shape=(1, 2), levels=levels),))
    rows = pl.DataFrame({"image": [[0, most]]}, schema=schema.polars)
    assert ImageFeatures.fit(rows, schema).encode(rows).tolist() == [[0.0, 1.0]]


def test_a_table_is_standardised_and_one_hot() -> None:
    encoded = TableFeatures.fit(ANCHOR, MIXED, label=True).encode(ANCHOR)
    # size | age, is null | blue, red, rest, null | a, b, rest
    deviation = np.sqrt(200 / 3)
    assert encoded == pytest.approx(
        np.array(
            [
                [-1, -10 / deviation, 0, 0, 1, 0, 0, 1, 0, 0],
                [1, 0, 1, 0, 1, 0, 0, 0, 1, 0],
                [-1, 10 / deviation, 0, 0, 0, 0, 1, 1, 0, 0],
                [1, 0, 0, 1, 0, 0, 0, 0, 1, 0],
            ]
        )
    )


def test_levels_and_nulls_that_the_anchor_lacks_become_the_rest_level_or_the_farthest_value() -> None:
    features = TableFeatures.fit(ANCHOR, MIXED, label=False)
    odd = mixed([float("nan"), float("inf")], [20, 20], ["green", None], ["a", "a"])
    encoded = features.encode(odd)
    assert encoded[:, 0].tolist() == [FARTHEST, FARTHEST]
    assert encoded[:, 3:].tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]


def test_rare_levels_share_the_rest_level_if_there_are_too_many() -> None:
    schema = Schema((Column(name="code", role=Role.CATEGORICAL),))
    rows = pl.DataFrame({"code": [str(i) for i in range(500)] + ["7"]})
    encoded = TableFeatures.fit(rows, schema, label=True).encode(rows)
    assert encoded.shape == (501, 51)
    assert encoded[7].argmax() != 50
    assert encoded[:, 50].sum() == 450


def test_features_of_a_text_count_words_and_ordered_pairs() -> None:
    schema = Schema((Column(name="text", role=Role.TEXT),))
    rows = pl.DataFrame({"text": ["dog bites man", "man bites dog", "dog bites man", None]})
    encoded = np.expm1(TextFeatures.fit(rows, schema).encode(rows))
    assert encoded.sum(axis=1) == pytest.approx([5, 5, 5, 0])
    assert np.array_equal(encoded[0], encoded[2])
    assert not np.array_equal(encoded[0], encoded[1])


@pytest.mark.parametrize(("columns", "unchanged"), [(64, True), (65, False)])
def test_a_table_of_few_features_keeps_its_columns_as_dimensions(columns: int, unchanged: bool) -> None:
    schema = Schema(tuple(Column(name=f"x{place}", role=Role.NUMERIC) for place in range(columns)))
    rows = pl.DataFrame(np.random.default_rng(1).normal(size=(80, columns)), schema=schema.polars)
    embedding = Embedding.fit(rows, schema)
    points = embedding.transform(rows)
    assert points.shape == (80, DIMENSIONS["table"])
    standard = (rows.to_numpy() - rows.to_numpy().mean(axis=0)) / rows.to_numpy().std(axis=0)
    assert np.allclose(points, standard[:, :64]) is unchanged
    assert np.allclose(embedding.whole.transform(rows), standard)


@pytest.mark.parametrize(("shape", "dimensions"), [((8, 12), 96), ((1, 97), 96), ((9, 11), 96)])
def test_images_have_a_sketch_where_more_than_32_directions_remain(shape: tuple[int, int], dimensions: int) -> None:
    schema = tiny(shape)
    pixels = np.random.default_rng(1).integers(0, 256, size=(120, *shape))
    embedding = Embedding.fit(rows_of(schema, pixels, [None] * 120), schema)
    width = min(shape[0], LONGEST_SIDE) * min(shape[1], LONGEST_SIDE)
    assert embedding.transform(rows_of(schema, pixels, [None] * 120)).shape[1] == min(width, dimensions)
    assert embedding.sketched is (width > DIMENSIONS["image"] + SKETCH)


def test_main_directions_are_those_of_the_largest_variance_and_point_to_their_largest_entry() -> None:
    points = np.random.default_rng(2).normal(size=(300, 4)) * [1.0, 5.0, 3.0, 0.1]
    kept = _principal(np.cov(points.T), 3)
    assert np.abs(kept).argmax(axis=0).tolist() == [1, 2, 0]
    assert (kept[[1, 2, 0], [0, 1, 2]] > 0.9).all()
    assert _principal(np.cov(-points.T), 4) == pytest.approx(_principal(np.cov(points.T), 4))


def test_a_slice_of_rows_is_embedded_as_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, schema = large(1, 50, (20, 20))
    whole = Embedding.fit(rows, schema)
    points = whole.transform(rows)
    monkeypatch.setattr(embedding_module, "SLICE", 7)
    assert Embedding.fit(rows, schema).mean == pytest.approx(whole.mean)
    assert whole.transform(rows) == pytest.approx(points)
    assert whole.transform(rows.clear()).shape == (0, points.shape[1])


def test_many_columns_share_the_features_of_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = Schema(tuple(Column(name=f"c{place}", role=Role.CATEGORICAL) for place in range(3)))
    rows = pl.DataFrame({column.name: [f"l{row}" for row in range(30)] for column in schema.columns})
    monkeypatch.setattr(table_module, "MOST_ONE_HOT", 62)
    assert TableFeatures.fit(rows, schema, label=True).encode(rows).shape == (30, 3 * (20 + 1))
    monkeypatch.setattr(table_module, "MOST_ONE_HOT", 2)
    assert TableFeatures.fit(rows, schema, label=True).encode(rows).shape == (30, 3 * (1 + 1))


def test_a_column_without_spread_or_without_values_is_encoded_as_it_is() -> None:
    schema = Schema((Column(name="x", role=Role.NUMERIC), Column(name="y", role=Role.NUMERIC, nullable=True)))
    anchor = pl.DataFrame({"x": [3.0, 3.0, 3.0], "y": [None, None, None]}, schema=schema.polars)
    features = TableFeatures.fit(anchor, schema, label=True)
    odd = pl.DataFrame({"x": [3.0, 5.0, None], "y": [None, 2.0, -1e9]}, schema=schema.polars)
    assert features.encode(odd).tolist() == [[0, 0, 1], [2, 2, 0], [FARTHEST, -FARTHEST, 0]]
