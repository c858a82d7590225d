"""The columns of each thing of a generation, as the UI shows them: they are the same for every lineage.

What a source has for columns is known only once it is read, so the anchor and the holdout show theirs when they are
made, and the synthetic rows refer to the anchor.
"""

from collections.abc import Mapping

import dagster as dg
import polars as pl

from outcross.assets.artefacts import DATASET, EVALUATION, LEARNER, MODEL, SYNTHETIC
from outcross.assets.dataset.manifest import MANIFEST
from outcross.assets.evaluation.make import EVALUATIONS
from outcross.assets.learner.make import SCORES
from outcross.assets.model.make import CARDS
from outcross.assets.synthetic.make import SIGNATURE

COLUMNS = "dagster/column_schema"
_COLUMNS_OF: dict[str, Mapping[str, pl.DataType]] = {
    DATASET: MANIFEST,
    MODEL: CARDS,
    SYNTHETIC: SIGNATURE,
    EVALUATION: EVALUATIONS,
    LEARNER: SCORES,
}


def thing_columns(thing: str) -> dict[str, dg.TableSchema]:
    """Return the metadata that lists the columns of a thing of a generation."""
    others = ["+ columns of anchor"] if thing == SYNTHETIC else []
    return {COLUMNS: table_schema(_COLUMNS_OF[thing], others=others)}


def table_schema(columns: Mapping[str, pl.DataType], *, others: list[str] | None = None) -> dg.TableSchema:
    """Return columns and their Polars types as Dagster describes a table.

    Args:
        columns: name → type.
        others: what else there is to say of the columns.
    """
    return dg.TableSchema(
        columns=[dg.TableColumn(name, str(dtype)) for name, dtype in columns.items()],
        constraints=dg.TableConstraints(other=others or []),
    )
