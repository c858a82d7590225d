"""The anchor of a new corpus, without copies of rows of the protected sets that its file names already."""

from dataclasses import replace

from outcross.assets.anchor.likeness import Likeness
from outcross.assets.anchor.split import FEWEST_ROWS, Split
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.protected.sets import read_sets
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema


def without_protected(parts: Split, schema: Schema, settings: Corpus) -> tuple[Split, list[str]]:
    """Leave copies of rows of protected sets out of the anchor; the holdout stays as it is.

    Pictures are compared for equality alone: the first intake compares them by their hashes, and warns.

    Args:
        parts: anchor and holdout.
        schema: their columns.
        settings: of the corpus.

    Returns the parts, and a sentence for each set.

    Raises:
        BadInput: a set cannot be read, or fewer than two rows of the anchor are left.
    """
    if not settings.protected:
        return parts, []
    likeness = Likeness(anchor=parts.anchor, holdout=parts.holdout, schema=schema, seed=settings.seed)
    anchor, told = parts.anchor, []
    for each in read_sets(settings, schema):
        met = likeness.find(anchor, each.rows).any
        anchor = anchor.filter(~met)
        if out := int(met.sum()):
            told.append(f"{out:,} rows of the anchor are left out as copies of rows of the protected set '{each.name}'")
    if anchor.height < FEWEST_ROWS:
        raise BadInput(
            f"corpus '{settings.corpus}': all but {anchor.height} rows of its anchor are copies of rows of its "
            f"protected sets {', '.join(map(repr, settings.protected))}; name sets that are none of the anchor's rows"
        )
    return replace(parts, anchor=anchor), told
