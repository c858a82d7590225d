"""The verdicts of a study in its store: those of an earlier version have every column."""

from pathlib import Path

import polars as pl

from outcross.assets.stored_verdicts import VERDICTS, read_verdicts
from outcross.resources.store import Address, Store


def test_verdicts_of_an_earlier_version_are_read_as_shares_of_the_first_value_and_all_bound(tmp_path: Path) -> None:
    earlier = {
        "ladder": ["substitution", "substitution"],
        "endpoint": ["loss", "recall"],
        "tolerance": [0.05, 0.1],
        "lower_95": [0.3, 0.0],
        "decided": [True, False],
    }
    store = Store(tmp_path)
    store.write(Address(study="small", thing="verdict"), pl.DataFrame(earlier), provenance={})
    found = read_verdicts(store, "small")
    assert found.schema == pl.Schema(VERDICTS)
    assert found["outcome"].to_list() == ["limit", "not decided"]
    assert found["primary"].to_list() == [True, True]
    assert found["tolerance_of"].to_list() == ["relative", "relative"]
    assert found["reference"].to_list() == ["holdout", "holdout"]
    assert found["lower_95"].to_list() == [0.3, 0.0]
    assert found["details"].to_list() == [[], []]
    assert found["upper_95"].null_count() == 2
