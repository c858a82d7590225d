"""The bound of a corpus: a number in its file, or the limit of a verdict."""

import dataclasses
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.guards.bounds import is_within_bounds
from outcross.assets.corpus.ledger.records import Count
from outcross.assets.corpus.share_bound import Bound, estimated_vitals, read_bound, share_vital
from outcross.resources.errors import BadInput
from outcross.resources.store import Address, Store
from tests.assets.corpus.versions import ESTIMATE

REAL = Count(origin="real", depth=0, generator=None, licence=None, rows=70)


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


def synthetic(rows: int) -> Count:
    return Count(origin="synthetic", depth=1, generator=None, licence=None, rows=rows)


@pytest.mark.parametrize(
    ("before", "after", "within"),
    [
        ([], [REAL, synthetic(30)], True),
        ([], [REAL, synthetic(31)], False),
        ([REAL, synthetic(50)], [REAL, synthetic(50)], True),
        ([REAL, synthetic(50)], [REAL, synthetic(49)], True),
        ([REAL, synthetic(50)], [REAL, synthetic(51)], False),
    ],
)
def test_a_corpus_past_its_bound_takes_what_lowers_its_share(
    before: list[Count], after: list[Count], within: bool
) -> None:
    assert is_within_bounds(share_vital(after, Bound(30 / 100, "here"), before=before)) is within


@pytest.mark.parametrize(
    ("before", "lower", "share", "decided", "failing"),
    [
        (None, 0.30, 0.30, True, []),
        (None, 0.31, 0.32, True, ["lower_limit", "estimate"]),
        (None, 0.29, 0.31, True, ["estimate"]),
        (None, 0.29, 0.31, False, []),
        (0.40, 0.40, 0.41, False, []),
        (0.40, 0.41, 0.41, False, ["lower_limit"]),
    ],
)
def test_the_lower_limit_of_the_estimate_is_held_to_the_bound_and_a_decided_estimate_warns(
    before: float | None, lower: float, share: float, decided: bool, failing: list[str]
) -> None:
    found = dataclasses.replace(ESTIMATE, lower=lower, share=share, decided=decided)
    last = None if before is None else dataclasses.replace(ESTIMATE, lower=before)
    vitals = estimated_vitals(found, Bound(0.3, "here"), before=last)
    assert [each.metric for each in vitals if not is_within_bounds(each)] == failing


def test_without_an_estimate_nothing_is_held_to_the_bound() -> None:
    assert list(estimated_vitals(None, Bound(0.0, "here"), before=None)) == []
