import numpy as np
import pytest

from outcross.resources.generators.cvae.latent_alignment import centre_by_group, procrustes_rotations, reference_scores
from outcross.resources.seeds import generator


def rotation(seed: int, size: int) -> np.ndarray:
    return np.linalg.qr(generator(seed).standard_normal((size, size)))[0]


def test_latent_spaces_that_differ_by_a_rotation_are_aligned() -> None:
    groups = generator(1).integers(0, 3, 200)
    pixels = generator(2).standard_normal((200, 6)) * [9, 7, 5, 3, 2, 1] + 10 * groups[:, np.newaxis]
    scores = reference_scores(pixels, groups, count=4)
    made = [rotation(3, 4), rotation(4, 4)]
    found = procrustes_rotations(np.stack([scores @ each for each in made]), scores)
    np.testing.assert_allclose(found, np.stack(made), atol=1e-9)


def test_reference_scores_are_the_principal_scores_for_any_shape() -> None:
    pixels = generator(5).standard_normal((12, 12)) * np.arange(1, 13) ** 2
    for part in (pixels[:, :7], pixels[:7]):
        left, scale, _ = np.linalg.svd(part - part.mean(axis=0), full_matrices=False)
        scores = reference_scores(part, np.zeros(len(part), dtype=np.int64), count=3)
        np.testing.assert_allclose(np.abs(scores), np.abs(left * scale)[:, :3], rtol=1e-6)


def test_the_alignment_is_a_rotation_whatever_the_latents() -> None:
    scores = reference_scores(generator(1).random((30, 2)), np.zeros(30, dtype=np.int64), count=5)
    assert scores.shape == (30, 5) and not scores[:, 2:].any()
    for latents in (generator(2).random((1, 30, 5)), np.zeros((1, 30, 5))):
        (found,) = procrustes_rotations(latents, scores)
        np.testing.assert_allclose(found @ found.T, np.eye(5), atol=1e-9)


def test_groups_are_centred_on_zero() -> None:
    values = centre_by_group(np.array([[1.0], [3.0], [10.0]]), np.array([0, 0, 2]))
    assert values.ravel().tolist() == pytest.approx([-1, 1, 0])
