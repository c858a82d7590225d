"""The files of a corpus below its folder in the store: their names, and the columns of those that hold rows.

The columns of provenance are those of :class:`outcross.assets.corpus.provenance.Provenance`.
"""

from typing import Final

import polars as pl

ANCHOR: Final = "anchor"
"""The batch that the anchor's part names."""
ANCHOR_ROWS: Final = "anchor/rows.parquet"
HOLDOUT: Final = "anchor/holdout.parquet"
PROFILE: Final = "anchor/profile.json"
ABOUT: Final = "anchor/about.json"
"""The schema, settings and notes of the anchor; written last, so its presence says that the others are whole."""

QUARANTINED: Final = "quarantined"
"""Prefix of the files that hold a batch's quarantined rows."""
QUARANTINE: Final[dict[str, pl.DataType]] = {
    "position": pl.Int64(),
    "raw": pl.String(),
    "reasons": pl.List(pl.String()),
}
"""Columns of quarantined rows: the place in the file, the row as JSON, and every reason."""
DECIDED: Final[dict[str, pl.DataType]] = {"position": pl.Int64(), "decision": pl.String()}
"""Columns of a part that lists rows which have left the quarantine: ``released`` or ``rejected``."""

KEY: Final = ("batch_id", "position")
"""Columns by which a row of a corpus is known."""
LEFT_OUT: Final[dict[str, pl.DataType]] = {
    "batch_id": pl.String(),
    "position": pl.Int64(),
    "content": pl.String(),
}
"""Columns of a part that lists rows which a trim left out."""
