import numpy as np
import polars as pl
import pytest

from assets.evaluation.embedding import Embedding
from assets.evaluation.image_features import LONGEST_SIDE, ImageFeatures
from assets.evaluation.table_features import FARTHEST, TableFeatures
from assets.evaluation.text_features import TextFeatures
from resources.schema import Column, Role, Schema
from tests.assets.evaluation.data import split

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


def test_large_images_are_averaged_down() -> None:
    schema = Schema((Column(name="image", role=Role.IMAGE, shape=(64, 8), levels=255),))
    pixels = np.arange(64 * 8, dtype=np.uint8).reshape(1, 64, 8)
    rows = pl.DataFrame({"image": pixels.reshape(1, -1)}, schema=schema.polars)
    encoded = ImageFeatures.fit(rows, schema).encode(rows).reshape(LONGEST_SIDE, 8)
    assert np.allclose(encoded, pixels[0].reshape(32, 2, 8).mean(axis=1) / 255)


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


def test_what_the_anchor_never_had_goes_to_the_rest_level_or_the_far_end() -> None:
    features = TableFeatures.fit(ANCHOR, MIXED, label=False)
    odd = mixed([float("nan"), float("inf")], [20, 20], ["green", None], ["a", "a"])
    encoded = features.encode(odd)
    assert encoded[:, 0].tolist() == [FARTHEST, FARTHEST]
    assert encoded[:, 3:].tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]


def test_rare_levels_share_the_rest_where_there_are_too_many() -> None:
    schema = Schema((Column(name="code", role=Role.CATEGORICAL),))
    rows = pl.DataFrame({"code": [str(i) for i in range(500)] + ["7"]})
    encoded = TableFeatures.fit(rows, schema, label=True).encode(rows)
    assert encoded.shape == (501, 51)
    assert encoded[7].argmax() != 50
    assert encoded[:, 50].sum() == 450


def test_a_text_is_described_by_words_and_pairs_in_order() -> None:
    schema = Schema((Column(name="text", role=Role.TEXT),))
    rows = pl.DataFrame({"text": ["dog bites man", "man bites dog", "dog bites man", None]})
    encoded = np.expm1(TextFeatures.fit(rows, schema).encode(rows))
    assert encoded.sum(axis=1) == pytest.approx([5, 5, 5, 0])
    assert np.array_equal(encoded[0], encoded[2])
    assert not np.array_equal(encoded[0], encoded[1])
