"""The protected sets that a corpus file names, read by the columns of the anchor; and the anchor without them."""

import hashlib
from dataclasses import dataclass, replace

import polars as pl

from outcross.assets.anchor.likeness import Likeness
from outcross.assets.anchor.split import FEWEST_ROWS, Split, content_hashes
from outcross.assets.corpus.corpus import Corpus
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.sources.files import Files
from outcross.resources.sources.read_as import read_as

_OF_ANCHOR = ("template", "size", "grey", "nan", "null_values", "rows", "block")
"""Settings of the anchor that a set is read with where it states none itself."""


@dataclass(frozen=True)
class ProtectedSet:
    """A set of rows that must not enter.

    Attributes:
        name: in the corpus file.
        digest: of the contents of its rows, whatever their order and format: 16 hexadecimal digits.
        rows: canonical rows.
    """

    name: str
    digest: str
    rows: pl.DataFrame

    @property
    def key(self) -> str:
        """The set with its content, as the ledger names it."""
        return f"{self.name}@{self.digest}"


def read_sets(settings: Corpus, schema: Schema) -> tuple[ProtectedSet, ...]:
    """Read the protected sets of a corpus.

    Args:
        settings: of the corpus.
        schema: the columns of its anchor.

    Raises:
        BadInput: a file cannot be used; the message names the set.
    """
    leave_out = settings.anchor.read_options().leave_out
    found = []
    for name, files in settings.protected.items():
        read = read_as(_as_anchor(files, settings), schema, what=f"protected set '{name}'", leave_out=leave_out).rows
        contents = sorted(content_hashes(read, schema))
        digest = hashlib.sha256("\n".join(contents).encode()).hexdigest()[:16]
        found.append(ProtectedSet(name, digest, read))
    return tuple(found)


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


def _as_anchor(files: Files, settings: Corpus) -> Files:
    """Read a set as the anchor is read, wherever it says nothing itself."""
    anchor = settings.anchor
    if not isinstance(anchor, Files):
        return files
    unset = {name: getattr(anchor, name) for name in _OF_ANCHOR if name not in files.model_fields_set}
    return files.model_copy(update=unset)


def name_of(key: str) -> str:
    """Return the name of a set that the ledger names."""
    return key.rpartition("@")[0]
