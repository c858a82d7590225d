"""The rows of a dataset, the holdout and the named test sets as they came, where a study carries them."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.anchor.carried import REAL, carries, load_real
from outcross.assets.artefacts import CARRIED, HOLDOUT, POOL, Artefacts
from outcross.assets.pool.make import load_pool_as_came
from outcross.resources.carried.as_came import AsCame
from outcross.resources.carried.carried import Carried
from outcross.resources.sources.read_as import PLACE
from outcross.resources.store import Address


@dataclass(frozen=True, kw_only=True)
class CarriedRows:
    """The rows of a study as they came.

    Attributes:
        real: those of the source.
        pool: those of the pool.
        tests: named test set → its rows.
        places: ``row_id`` and ``place`` of each real row.
    """

    real: AsCame
    pool: AsCame
    tests: dict[str, AsCame]
    places: pl.DataFrame

    def of_dataset(self, rows: pl.DataFrame) -> Carried:
        """Return the rows of a dataset, real and synthetic, which has ``row_id`` and ``pool_row``."""
        real = rows.select("row_id").join(self.places, on="row_id", how="left", maintain_order="left")["place"]
        made = rows[PLACE].is_not_null()
        place = pl.select(pl.when(made).then(rows[PLACE]).otherwise(real).alias("place"))["place"]
        return Carried(parts=(self.real, self.pool), part=made.cast(pl.Int64).to_numpy(), place=place.to_numpy())

    def of_references(self, holdout: pl.DataFrame) -> dict[str, Carried]:
        """Return the rows that a learner is judged on: those of the holdout, and those of each test set.

        Rows of the holdout have ``row_id``. A named test set whose rows are none of a file is not there.
        """
        tests = {name: Carried.of_one(came, np.arange(came.rows)) for name, came in self.tests.items()}
        place = holdout.select("row_id").join(self.places, on="row_id", how="left", maintain_order="left")["place"]
        return {HOLDOUT: Carried.of_one(self.real, place.to_numpy()), **tests}


def load_carried(artefacts: Artefacts) -> CarriedRows | None:
    """Read the rows of a study as they came; None where it carries none.

    Raises as :meth:`Artefacts.load` does.
    """
    if not carries(artefacts.study):
        return None
    found, places = load_real(artefacts)
    pool = load_pool_as_came(artefacts)
    if REAL not in found or pool is None:
        return None
    tests = {name: came for name, came in found.items() if name != REAL}
    return CarriedRows(real=found[REAL], pool=pool, tests=tests, places=places)


def carried_inputs(artefacts: Artefacts) -> list[Address]:
    """Return the parts that hold the rows as they came; none where a study carries none."""
    return [artefacts.address(thing) for thing in (CARRIED, POOL)] if carries(artefacts.study) else []
