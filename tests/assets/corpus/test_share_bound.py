"""The bound of a corpus: by hand, or from a verdict."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.share_bound import BoundNow, bound_now
from outcross.resources.errors import BadInput
from outcross.resources.store import Address, Store


def corpus(**bound: Any) -> Corpus:
    return Corpus.model_validate({"corpus": "people", "anchor": {"kind": "college"}, "bound": bound})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    verdicts = pl.DataFrame(
        {
            "ladder": ["substitution", "substitution", "augmentation"],
            "endpoint": ["loss", "utility", "loss"],
            "lower_95": [0.32, 0.24, 0.9],
            "decided": [True, True, False],
        }
    )
    store.write(Address(study="college", thing="verdict"), verdicts, provenance={})
    unlimited = verdicts.with_columns(lower_95=pl.lit(None, dtype=pl.Float64))
    store.write(Address(study="single", thing="verdict"), unlimited, provenance={})
    return store


def test_a_share_by_hand_is_taken_as_it_is(store: Store) -> None:
    assert bound_now(corpus(share=0.3), store) == BoundNow(0.3, "stated in the corpus file")


def test_a_study_bounds_by_its_smallest_lower_limit(store: Store) -> None:
    assert bound_now(corpus(study="college"), store) == BoundNow(
        0.24, "lower 95 % limit of study college, substitution, utility"
    )
    assert bound_now(corpus(study="college", endpoint="loss"), store).share == 0.32
    found = bound_now(corpus(study="college", ladder="augmentation"), store)
    assert found == BoundNow(0.9, "lower 95 % limit of study college, augmentation, loss (not decided)")


@pytest.mark.parametrize(
    ("bound", "told"),
    [
        ({"study": "nowhere"}, "run: outcross study nowhere"),
        ({"study": "college", "endpoint": "recall"}, r"no verdict for the endpoint 'recall' \(it has loss, utility\)"),
        ({"study": "single"}, "has no limit; run the study with more replicates"),
    ],
)
def test_a_bound_that_cannot_be_read_is_told_with_the_remedy(store: Store, bound: Any, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        bound_now(corpus(**bound), store)


@pytest.mark.parametrize("bound", [{}, {"share": 0.3, "study": "college"}, {"share": 0.3, "ladder": "x"}, {"share": 2}])
def test_a_bound_says_one_thing(bound: Any) -> None:
    with pytest.raises(ValueError, match="bound"):
        corpus(**bound)
