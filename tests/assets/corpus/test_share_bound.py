"""The bound of a corpus: a number in its file, or the limit of a verdict."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.share_bound import Bound, read_bound
from outcross.resources.errors import BadInput
from outcross.resources.store import Address, Store


def corpus_settings(**bound: Any) -> Corpus:
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
    partly = verdicts.with_columns(lower_95=pl.when(pl.col("endpoint") == "loss").then("lower_95"))
    store.write(Address(study="partly", thing="verdict"), partly, provenance={})
    return store


def test_a_share_in_the_file_is_the_bound(store: Store) -> None:
    assert read_bound(corpus_settings(share=0.3), store) == Bound(0.3, "stated in the corpus file")


def test_the_smallest_lower_limit_of_a_study_is_the_bound(store: Store) -> None:
    assert read_bound(corpus_settings(study="college"), store) == Bound(
        0.24, "lower 95 % limit of study college, substitution, utility"
    )
    assert read_bound(corpus_settings(study="college", endpoint="loss"), store).share == 0.32
    found = read_bound(corpus_settings(study="college", ladder="augmentation"), store)
    assert found == Bound(0.9, "lower 95 % limit of study college, augmentation, loss (not decided)")


def test_a_verdict_on_a_named_test_set_bounds_nothing(store: Store) -> None:
    college = store.read(Address(study="college", thing="verdict")).with_columns(reference=pl.lit("holdout"))
    bench = college.with_columns(lower_95=pl.lit(0.01), reference=pl.lit("bench"))
    store.write(Address(study="tested", thing="verdict"), pl.concat([college, bench]), provenance={})
    assert read_bound(corpus_settings(study="tested", endpoint="loss"), store).share == 0.32


@pytest.mark.parametrize(
    ("bound", "message"),
    [
        ({"study": "nowhere"}, "run: outcross study nowhere"),
        ({"study": "college", "endpoint": "recall"}, r"no verdict for the endpoint 'recall' \(it has loss, utility\)"),
        ({"study": "single"}, "has no limit; run the study with more replicates"),
        ({"study": "partly"}, r"the verdict of 'partly' on utility \(substitution\) has no limit"),
    ],
)
def test_a_bound_that_cannot_be_read_is_refused_with_a_remedy(store: Store, bound: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_bound(corpus_settings(**bound), store)


@pytest.mark.parametrize("bound", [{}, {"share": 0.3, "study": "college"}, {"share": 0.3, "ladder": "x"}, {"share": 2}])
def test_a_bound_has_either_a_share_or_a_study(bound: Any) -> None:
    with pytest.raises(ValueError, match="bound"):
        corpus_settings(**bound)
