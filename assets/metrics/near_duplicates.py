"""Duplicates: whether rows of text repeat one another, or the rows that their model learned from."""

import numpy as np

from outcross.assets.instruments.documents import Documents
from outcross.assets.instruments.near_pairs import DuplicateRows, near_any
from outcross.assets.instruments.standard_error import jackknife_error
from outcross.assets.metrics.contract import TEXT, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "exact_duplicates",
        Definition.TAILS_VANISH,
        Reading.MODES,
        "lower",
        "share of synthetic rows with an equal other one",
    ),
    Endpoint(
        "near_duplicates",
        Definition.TAILS_VANISH,
        Reading.MODES,
        "lower",
        "share of synthetic rows with a nearly equal other one",
    ),
    Endpoint(
        "exact_copies",
        Definition.ROWS_ARE_COPIED,
        Reading.NONE_OF_THEM,
        "lower",
        "share of synthetic rows equal to a record",
    ),
    Endpoint(
        "near_copies",
        Definition.ROWS_ARE_COPIED,
        Reading.NONE_OF_THEM,
        "lower",
        "share of synthetic rows nearly equal to a record",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``exact_copies`` and ``near_copies``, and of the synthetic rows alone ``exact_`` and ``near_duplicates``.

    Copies: share of the synthetic rows that are equal, or nearly so, to a record: a row of the anchor, or against the
    previous generation one of its rows. Duplicates: share that are to another synthetic row; measured beside the
    holdout alone, since against other rows it would repeat itself. Equal: the same tokens in the same order. Nearly:
    their runs of five tokens have a Jaccard similarity of .8 or more (as in Lee et al. 2022, arXiv 2107.06499): of 64
    tokens one may be another. Equal rows are nearly so, too.

    Standard errors of copies are those of a mean over rows, the records held fixed; of duplicates the jackknife's.
    """
    view, reference = comparison.views
    synthetic, alone = view.documents, comparison.against == "holdout"
    records = (comparison.probe.anchor_view if alone else reference).documents
    exact = np.isin(synthetic.fingerprints, records.fingerprints)
    measured = [
        Measurement.of_mean("exact_copies", exact),
        Measurement.of_mean("near_copies", exact | near_any(synthetic, records)),
    ]
    if alone:
        measured += [Measurement(f"{kind}_duplicates", *found) for kind, found in duplicates(synthetic).items()]
    return measured


def duplicates(documents: Documents) -> dict[str, tuple[float, float]]:
    """``exact`` and ``near`` → share of the rows with an equal, or nearly equal, other one, and its standard error."""
    rows = np.arange(len(documents.lengths))
    alike = DuplicateRows.find(documents)
    of = alike.distinct
    equal, places = np.bincount(of), np.bincount(of, rows)
    one, other = np.concatenate([alike.near, alike.near[:, ::-1]]).T
    near = equal + np.bincount(one, equal[other], minlength=len(equal))
    near_places = places + np.bincount(one, places[other], minlength=len(equal))
    return {
        "exact": _share(others=equal[of] - 1, places=places[of] - rows),
        "near": _share(others=near[of] - 1, places=near_places[of] - rows),
    }


def _share(*, others: np.ndarray, places: np.ndarray) -> tuple[float, float]:
    """Share of the rows that have others. Without a row, its only partners have none left.

    Args:
        others: (rows,) how many each has.
        places: (rows,) the sum of their places: that of the only one where there is one.
    """
    rows, has = len(others), others > 0
    alone_with = places[others == 1].astype(np.int64)
    without = (has.sum() - has - np.bincount(alone_with, minlength=rows)) / max(rows - 1, 1)
    return float(has.mean()), jackknife_error(without)


METRIC = RowMetric(
    name="near_duplicates",
    modalities=TEXT,
    measure=measure,
    endpoints=ENDPOINTS,
    opt_in=TEXT,
)
