import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics import privacy
from tests.assets.evaluation.images import compare_images, probe_of, three_parts
from tests.assets.evaluation.tables import named


def test_values_are_those_of_the_definitions_in_the_embedding() -> None:
    from scipy.spatial.distance import cdist

    anchor, _, fresh, _ = three_parts("digits")
    rows, probe = pl.concat([fresh[:90], anchor[:10]]), probe_of("digits")
    embed = probe.embedding.transform
    apart, own = cdist(embed(rows), embed(anchor)), cdist(embed(anchor), embed(anchor))
    np.fill_diagonal(own, np.inf)
    nearest, second = np.sort(apart, axis=1)[:, :2].T
    expected = {
        "record_distance": np.median(nearest) / np.median(cdist(embed(probe.holdout), embed(anchor)).min(axis=1)),
        "neighbour_ratio": (nearest / second).mean(),
        "copies": 0.1,
        "authenticity": np.mean([apart[i].min() > own[apart[i].argmin()].min() for i in range(100)]),
    }
    assert named(privacy.measure(compare_images("digits", rows))) == pytest.approx(expected, abs=1e-6)


def test_fresh_images_are_as_far_as_the_holdout_and_copies_are_detected() -> None:
    anchor, _, fresh, _ = three_parts("digits")
    found = named(privacy.measure(compare_images("digits", fresh)))
    assert found["record_distance"] == pytest.approx(1.0, abs=0.1)
    assert found["copies"] == 0.0
    copies = named(privacy.measure(compare_images("digits", anchor[:200])))
    assert copies == {"record_distance": 0.0, "neighbour_ratio": 0.0, "copies": 1.0, "authenticity": 0.0}


def test_an_image_is_a_copy_with_any_label_but_not_with_another_pixel() -> None:
    anchor, *_ = three_parts("digits")
    relabelled = anchor[:100].with_columns(label=pl.lit("0"))
    assert named(privacy.measure(compare_images("digits", relabelled)))["copies"] == 1.0
    pixels = anchor[:100]["image"].to_numpy().copy()
    pixels[:50, 27] ^= 1
    changed = anchor[:100].with_columns(image=pl.Series(pixels, dtype=anchor.schema["image"]))
    assert named(privacy.measure(compare_images("digits", changed)))["copies"] == 0.5
