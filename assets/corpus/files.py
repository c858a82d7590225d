"""The files in a corpus's folder of the store: their names, and the columns of those that hold rows.

The columns of provenance are the fields of :class:`outcross.assets.corpus.provenance.Provenance`.
"""

from typing import Final

import polars as pl

ANCHOR: Final = "anchor"
"""The batch id of the anchor's part."""
ANCHOR_ROWS: Final = "anchor/rows.parquet"
HOLDOUT: Final = "anchor/holdout.parquet"
PROFILE: Final = "anchor/profile.json"
TEXTS: Final = "texts"
"""Folder of what is derived from texts: their profile and their index. It may be removed, and is made again."""
PICTURES: Final = "pictures"
"""Folder of what is derived from pictures, likewise."""
ACCUMULATED: Final = "accumulated"
"""Folder of the limits of guards that accumulate, likewise."""
CELLS: Final = "cells"
"""Folder of the classifiers that rows of all batches are counted by. It may be removed: rows are counted again then."""
EXPECTATIONS: Final = "expectations"
"""Folder of the suite that the anchor gives, likewise."""
DERIVED: Final = (TEXTS, PICTURES, ACCUMULATED, CELLS, EXPECTATIONS)
"""Folders of what is derived from the rows, and is made again where it is missing."""
ABOUT: Final = "anchor/about.json"
"""The schema, settings and notes of the anchor. It is written last: where it exists, the other files are complete."""
RENEWED_ROWS: Final = "rows.parquet"
"""Names of the files of a renewed anchor, in :attr:`.ledger.anchor_ref.AnchorRef.folder`."""
RENEWED_HOLDOUT: Final = "holdout.parquet"
RENEWED_PROFILE: Final = "profile.json"
IS_CURRENT: Final = "is_current"
"""Column of a renewed anchor and its holdout: whether batches are compared with the row, or only kept from it."""

DERIVED_OF_BATCHES: Final = (TEXTS, PICTURES, CELLS)
"""Those of them whose files are derived from rows of batches, but for the profiles of the anchor."""

RULES: Final = "rules/rules"
"""Prefix of the files that hold the settings that rows were judged by: one for each wording."""
HEADS: Final = "heads"
"""Folder of signed heads of the ledger."""

QUARANTINED: Final = "quarantined"
"""Prefix of the files that hold a batch's quarantined rows."""
QUARANTINE: Final[dict[str, pl.DataType]] = {
    "position": pl.Int64(),
    "raw": pl.String(),
    "reasons": pl.List(pl.String()),
}
"""Columns of quarantined rows: the position in the batch's file, the row as JSON, and every reason."""
POSTERIOR: Final[dict[str, pl.DataType]] = {
    name: pl.Float64() for name in ("synthetic_probability", "synthetic_lower", "synthetic_upper")
}
"""Further columns of quarantined rows: the posterior probability that the row is synthetic, with the estimated share of
its batch as prior, then with the lower and the upper limit of that share. They are null where it is not known, and
earlier versions did not write them."""
DECIDED: Final[dict[str, pl.DataType]] = {"position": pl.Int64(), "decision": pl.String()}
"""Columns of a part that lists rows which have left quarantine: each was ``released``, ``rejected`` or
``withdrawn``."""

KEY: Final = ("batch_id", "position")
"""Key columns of a row in a corpus."""
LEFT_OUT: Final[dict[str, pl.DataType]] = {
    "batch_id": pl.String(),
    "position": pl.Int64(),
    "content": pl.String(),
}
"""Columns of a part that lists rows which a trim left out."""

BATCH_IN_PATH: Final = r"/batches/([^/]+)/[^/]+$"
"""Finds the batch in the path of one of its files."""
WITHDRAWN_FOLDER: Final = "withdrawn"
"""Folder of the lists of rows that were withdrawn."""
WITHDRAWN: Final[dict[str, pl.DataType]] = {
    **LEFT_OUT,
    "origin": pl.String(),
    "depth": pl.Int32(),
    "generator": pl.String(),
    "licence": pl.String(),
    "path": pl.String(),
    "state": pl.String(),
}
"""Columns of a list of withdrawn rows: a line for each place where a row lies. ``path`` is the file, ``content`` the
digest of its values; what it was counted by is kept, and none of its values. ``state`` is what the row was in that file
until then: ``admitted``, ``left out``, ``quarantined``, ``decided`` (it had left quarantine), ``withdrawn``, or one of
``OF_ANCHORS``."""
OF_ANCHORS: Final = ("in an anchor", "in an anchor before", "set aside")
"""States of rows in the files of a renewed anchor: batches are compared with the row, were so before, or it is of the
holdout."""
ERASING: Final = "erasing"
"""Folder of what is left of files, while an erasure is being finished."""
