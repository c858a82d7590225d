"""The files of a renewed anchor: its rows, its holdout and its profile, in a folder that is named by what they hold.

They are written before the version that names them, which is the commit.
"""

import io
from hashlib import sha256

import polars as pl

from outcross.assets.corpus.files import ANCHOR, IS_CURRENT, RENEWED_HOLDOUT, RENEWED_PROFILE, RENEWED_ROWS
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.corpus.ledger.anchor_ref import AnchorRef
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.typed_rows import to_typed


def store_anchor(
    corpus: OpenCorpus,
    number: int,
    *,
    rows: pl.DataFrame,
    reserved: pl.DataFrame,
    profile: Profile,
    taken: int,
    alone: bool,
    expected: tuple[float, float, float],
) -> tuple[AnchorRef, list[str]]:
    """Store an anchor, and return what the ledger says of it and the paths of its files.

    Args:
        corpus: the open corpus.
        number: of the version that will name it.
        rows: of the anchor, and those that were; see :class:`.parts.AnchorParts`.
        reserved: rows set aside.
        profile: of the rows that batches are compared with.
        taken: rows of batches that a renewal took.
        alone: whether the rows before them are no longer compared with.
        expected: how many of the rows taken are expected to be synthetic, and the 95 % limits of that number.
    """
    contents = {
        RENEWED_ROWS: _as_parquet(rows, corpus),
        RENEWED_HOLDOUT: _as_parquet(reserved, corpus),
        RENEWED_PROFILE: profile.to_json().encode(),
    }
    digests = [sha256(content).hexdigest() for content in contents.values()]
    current = rows.filter(IS_CURRENT)
    anchor = AnchorRef(
        version=number,
        sha256=digests[0],
        holdout_sha256=digests[1],
        profile_sha256=digests[2],
        rows=current.height,
        of_batches=current.filter(pl.col("batch_id") != ANCHOR).height,
        holdout=reserved.height,
        taken=taken,
        alone=alone,
        expected=expected,
    )
    for name, content in contents.items():
        corpus.files.put(f"{anchor.folder}/{name}", content)
    return anchor, [f"{anchor.folder}/{name}" for name in contents]


def _as_parquet(rows: pl.DataFrame, corpus: OpenCorpus) -> bytes:
    buffer = io.BytesIO()
    to_typed(rows, corpus.stored).write_parquet(buffer)
    return buffer.getvalue()
