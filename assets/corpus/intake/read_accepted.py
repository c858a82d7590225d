"""A batch's file, read by what the corpus accepts: columns that it may lack, and units that have changed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from outcross.assets.corpus.accepted.read import in_anchor_units, may_lack, with_absent
from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.intake.reading import Chunk, read_batch
from outcross.assets.corpus.ledger.accepted_change import AcceptedChange
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.sources.locate import SourceFile


def read_accepted(
    file: SourceFile,
    corpus: OpenCorpus,
    limits: Limits,
    changes: Sequence[AcceptedChange],
    *,
    looks_for_marks: bool = False,
) -> Iterator[Chunk]:
    """Read a file as :func:`.reading.read_batch` does, with the changes that were accepted; raises as that does.

    Args:
        file: the file.
        corpus: the open corpus.
        limits: the most that it may hold.
        changes: accepted at the time that it is read for.
        looks_for_marks: whether the marks of pictures are read.
    """
    schema, options = with_absent(corpus.stored, changes), corpus.settings.anchor.read_options()
    for chunk in read_batch(file, schema, limits, options, may_lack=may_lack(changes), looks_for_marks=looks_for_marks):
        yield replace(chunk, rows=in_anchor_units(chunk.rows, corpus.schema, changes))
