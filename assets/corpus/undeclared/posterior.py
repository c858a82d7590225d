"""The posterior probability that a row is synthetic, given the cells of its scores and the estimated share as prior.

With the shares π_k and the cell probabilities p_kb of the fitted mixture, a row in cell b is synthetic with probability
Σ_{k≥1} π_k p_kb ÷ Σ_k π_k p_kb (Saerens, Latinne & Decaestecker 2002, Neural Computation 14:21), averaged over the
classifiers of the folds. So the mean over the rows that the mixture was fitted to is the estimated share.
"""

import numpy as np
import polars as pl

from outcross.assets.corpus.files import POSTERIOR
from outcross.assets.corpus.undeclared.quantify import Mixture

CONTENT_POSTERIOR: dict[str, pl.DataType] = {"content": pl.String(), **POSTERIOR}
"""The posterior of rows by content hash: equal rows have one."""


def row_posteriors(places: np.ndarray, mixture: Mixture, *, lower: float, upper: float) -> np.ndarray:
    """Compute the posterior of each row with the estimated share, its lower and its upper limit as prior.

    Args:
        places: (rows, folds) cell of each row under each fold's classifier.
        mixture: fitted to one target; component 0 is the real rows.
        lower: 95 % limit of the synthetic share.
        upper: the same, above.

    Returns (rows, 3), each row in ascending order.
    """
    shares, cells = mixture.shares[0], mixture.cells[0]
    share = float(shares[1:].sum())
    parts = shares[1:] / share if share > 0 else np.full(len(shares) - 1, 1 / (len(shares) - 1))
    made, real = parts @ cells[1:], cells[0]
    found = []
    for prior in (share, min(lower, share), max(upper, share)):
        odds = prior * made
        of_cell = odds / np.maximum(odds + (1 - prior) * real, np.finfo(np.float64).tiny)
        found.append(of_cell[places].mean(axis=1))
    result: np.ndarray = np.stack(found, axis=1)
    return result


def posterior_frame(contents: pl.Series, posteriors: np.ndarray) -> pl.DataFrame:
    """Build a frame of ``content`` and the columns of :data:`POSTERIOR`, a line for each different row.

    Args:
        contents: (rows,) content hashes.
        posteriors: (rows, 3).
    """
    columns = {name: posteriors[:, place] for place, name in enumerate(POSTERIOR)}
    return pl.DataFrame({"content": contents, **columns}, schema=CONTENT_POSTERIOR).unique("content").sort("content")
