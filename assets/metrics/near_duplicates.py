"""Near-duplicates: whether rows of text repeat one another, or the rows of the anchor."""

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
        "share of synthetic rows that equal another one",
    ),
    Endpoint(
        "near_duplicates",
        Definition.TAILS_VANISH,
        Reading.MODES,
        "lower",
        "share of synthetic rows that nearly equal another one",
    ),
    Endpoint(
        "exact_copies",
        Definition.ROWS_ARE_COPIED,
        Reading.NONE_OF_THEM,
        "lower",
        "share of synthetic rows that equal a record",
    ),
    Endpoint(
        "near_copies",
        Definition.ROWS_ARE_COPIED,
        Reading.NONE_OF_THEM,
        "lower",
        "share of synthetic rows that nearly equal a record",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``exact_copies``, ``near_copies``, and against the holdout ``exact_duplicates`` and ``near_duplicates``.

    Copies are synthetic rows that equal, or nearly equal, a record: a row of the anchor, or of the previous generation.
    Duplicates are those that equal, or nearly equal, another synthetic row; they are measured against the holdout only,
    since another reference gives the same value. Equal rows have the same words and marks in the same order, whatever
    the white space. Nearly equal rows have a Jaccard similarity of at least 0.8 between their runs of five tokens (as
    in Lee et al. 2022, arXiv 2107.06499): of 64 tokens, one may differ. So they are if they have fewer than 64 tokens
    and differ in one place, by at most three tokens and 30 % of the row. Equal rows are also nearly equal.

    Standard errors of copies are those of a mean over rows, with the records fixed; those of duplicates are the
    jackknife's.
    """
    view, reference = comparison.views
    synthetic, alone = view.documents, comparison.against == "holdout"
    records = (reference if comparison.against == "previous" else comparison.probe.anchor_view).documents
    exact = np.isin(synthetic.fingerprints, records.fingerprints)
    measured = [
        Measurement.of_mean("exact_copies", exact),
        Measurement.of_mean("near_copies", exact | near_any(synthetic, records)),
    ]
    if alone:
        measured += [Measurement(f"{kind}_duplicates", *found) for kind, found in duplicates(synthetic).items()]
    return measured


def duplicates(documents: Documents) -> dict[str, tuple[float, float]]:
    """Return the shares of rows that equal (``exact``) or nearly equal (``near``) another, with standard errors."""
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
    """Return the share of the rows that have partners, with the jackknife's standard error.

    Args:
        others: (rows,) number of partners of each row.
        places: (rows,) sum of the partners' places, which for one partner is its place.
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
