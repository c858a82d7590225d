"""The labels of the rows that a dataset may hold, for policies that select by them."""

import numpy as np
import polars as pl

from outcross.assets.artefacts import ANCHOR, Artefacts
from outcross.assets.dataset.real_rows import RealRows
from outcross.assets.study.policies.contract import BASE, Labels
from outcross.resources.store import Address


def read_labels(artefacts: Artefacts, real: RealRows, part: Address) -> list[Labels]:
    """Read the labels of the real rows and of those of one synthetic part, of each replicate; no label counts as one.

    Args:
        artefacts: of the study, whose schema has a label.
        real: the lineage's replicates and their real rows.
        part: the synthetic rows.
    """
    assert artefacts.schema.label is not None, "checked before anything runs"
    name = artefacts.schema.label.name
    anchor = artefacts.load(artefacts.address(ANCHOR), columns=["row", name]).sort("row")[name]
    made = artefacts.load(part, columns=["replicate", "row", name]).sort("replicate", "row")
    both = pl.concat([each.cast(pl.String).alias(name) for each in (anchor, made[name])])
    codes = both.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    of_anchor, of_made, replicates = codes[: len(anchor)], codes[len(anchor) :], made["replicate"].to_numpy()
    places = np.arange(real.rows)
    return [
        Labels(
            real=of_anchor[real.look_up(BASE, np.full(real.rows, index), places)],
            synthetic=of_made[replicates == replicate],
        )
        for index, replicate in enumerate(real.replicates)
    ]
