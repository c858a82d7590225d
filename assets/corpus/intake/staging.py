"""Read a batch and split it into two local files: the rows that may be admitted, and the rows for quarantine."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from outcross.assets.corpus.accepted.as_before import write_as_before
from outcross.assets.corpus.accepted.checked import find_column
from outcross.assets.corpus.entities import GUARD as ENTITY_GUARD
from outcross.assets.corpus.entities import find_entity_faults, tell_unknown
from outcross.assets.corpus.files import QUARANTINE
from outcross.assets.corpus.intake.near_copies import find_near_copies
from outcross.assets.corpus.intake.picture_copies import find_picture_copies
from outcross.assets.corpus.intake.read_accepted import read_accepted
from outcross.assets.corpus.intake.reading import CHUNK, Chunk
from outcross.assets.corpus.intake.repeats import find_repeats
from outcross.assets.corpus.intake.row_guards import AllowedValues
from outcross.assets.corpus.intake.row_sets import GUARDS as NEAR_GUARDS
from outcross.assets.corpus.intake.row_sets import NEAR
from outcross.assets.corpus.intake.sorting import Sorting
from outcross.assets.corpus.intake.staged_batch import StagedBatch
from outcross.assets.corpus.intake.stated import with_provenance
from outcross.assets.corpus.intake.text_copies import find_text_copies
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.marks.compare import find_contradictions
from outcross.assets.corpus.marks.mark import MARKS
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.protected.copies import COPIES, Protected, to_reasons
from outcross.assets.corpus.provenance import RowClaims
from outcross.assets.corpus.rows_file import RowsFile
from outcross.assets.corpus.withdrawn_rows import find_withdrawn
from outcross.resources.sources.locate import SourceFile


def stage(
    file: SourceFile,
    corpus: OpenCorpus,
    claims: RowClaims,
    *,
    admitted: pl.LazyFrame,
    last: Version,
    folder: Path,
    guards: set[str],
    observers: Collection[str] = (),
    protected: Protected | None = None,
    marks: pl.DataFrame | None = None,
    only: pl.Series | None = None,
) -> StagedBatch:
    """Read a file and split its rows by the row-level guards.

    Args:
        file: the original.
        corpus: the open corpus.
        claims: provenance of the rows that state none themselves.
        admitted: ``content`` of the rows admitted since the anchor.
        last: the corpus's last version.
        folder: to write to.
        guards: names of the row-level guards that are enforced.
        observers: names of those that only observe.
        protected: the protected sets of the corpus, if it has any.
        marks: of the file as a whole, :data:`~..marks.mark.MARKS`; those of its pictures are read from it.
        only: positions of the rows to look at; None for all.

    Raises:
        BadInput: the file cannot be read.
    """
    read = RowsFile(folder / "read.parquet")
    files = RowsFile(folder / "quarantine.parquet"), RowsFile(folder / "held-rows.parquet")
    sorting = Sorting(*files, corpus.stored, frozenset(guards), frozenset(observers))
    names = [column.name for column in corpus.schema.numeric]
    ends = [corpus.rows.select(each).row(0) for each in (pl.col(names).min(), pl.col(names).max()) if names]
    ranges = {name: (low, high) for name, low, high in zip(names, *ends, strict=True) if low is not None}
    allowed = AllowedValues(
        ranges=ranges,
        licences=frozenset(corpus.settings.licences),
        columns={column.name: column for column in corpus.schema.numeric},
        text=corpus.schema.text.name if corpus.schema.text is not None else None,
        accepted=_accepted_ranges(corpus),
        generators=corpus.settings.generators,
    )
    left_out: list[str] = []
    marked = [pl.DataFrame(schema=MARKS), *([] if marks is None else [marks])]
    for whole in read_accepted(file, corpus, corpus.settings.limits, corpus.accepted, looks_for_marks=True):
        chunk = whole if only is None else _only(whole, only)
        marked += [] if chunk.marks is None else [chunk.marks]
        left_out += chunk.notes
        rows = with_provenance(chunk, corpus, claims)
        sorting.hold_misfits(chunk.misfits)
        read.add(sorting.check(rows, allowed))
    empty = pl.DataFrame(schema={"position": pl.Int64(), **corpus.stored.polars})
    read.close(with_provenance(Chunk(empty, pl.DataFrame()), corpus, claims))
    unknown = tell_unknown(pl.scan_parquet(read.path, glob=False), corpus) if ENTITY_GUARD in guards else ()
    admissible = folder / "admissible.parquet"
    copies, all_marks = _find_protected(read, corpus, protected), pl.concat(marked)
    every = pl.scan_parquet(read.path, glob=False)
    against = [
        to_reasons(copies),
        find_contradictions(every.select("position", "origin"), all_marks),
        find_withdrawn(corpus.files, last, every),
    ]
    rows_admissible = _quarantine_repeats(read, sorting, corpus, admitted=admitted, reasons=against, to=admissible)
    near, abstained = _quarantine_near(admissible, rows_admissible, sorting, corpus, last, folder=folder)
    sorting.quarantine.close(pl.DataFrame(schema=QUARANTINE))
    sorting.rows.close(empty)
    return StagedBatch(
        admissible,
        write_as_before(admissible, corpus, to=folder / "compared.parquet"),
        sorting.quarantine.path,
        sorting.rows.path,
        rows_admissible - (near or 0),
        sorting.quarantine.rows,
        near,
        abstained,
        left_out=tuple(dict.fromkeys(left_out)),
        unknown_entities=unknown,
        held=tuple(sorting.held),
        observed=tuple(sorting.observed),
        far=tuple(sorting.far),
        copies=copies,
        marks=all_marks,
    )


def _only(chunk: Chunk, positions: pl.Series) -> Chunk:
    """Keep the rows of a chunk that lie at some positions."""
    chosen = pl.col("position").is_in(positions.implode())
    misfits = chunk.misfits.filter(chosen) if chunk.misfits.height else chunk.misfits
    return replace(chunk, rows=chunk.rows.filter(chosen), misfits=misfits)


def _accepted_ranges(corpus: OpenCorpus) -> dict[str, list[tuple[float, float]]]:
    """Numeric column → the accepted ranges beyond the anchor's."""
    found: dict[str, list[tuple[float, float]]] = {}
    for change in corpus.accepted:
        if change.low is not None and change.high is not None:
            found.setdefault(find_column(corpus, change.column).name, []).append((change.low, change.high))
    return found


def _find_protected(read: RowsFile, corpus: OpenCorpus, protected: Protected | None) -> pl.DataFrame:
    """Find the rows that are copies of rows of protected sets, some rows at a time."""
    found = [pl.DataFrame(schema=COPIES)]
    if protected is not None:
        rows = pl.scan_parquet(read.path, glob=False).select("position", *corpus.schema.names)
        found += [protected.find(each) for each in rows.collect_batches(chunk_size=CHUNK, maintain_order=True)]
    return pl.concat(found)


def _quarantine_repeats(
    read: RowsFile,
    sorting: Sorting,
    corpus: OpenCorpus,
    *,
    admitted: pl.LazyFrame,
    reasons: Sequence[pl.DataFrame],
    to: Path,
) -> int:
    """Quarantine the rows that repeat others, are of the holdout, or have other reasons against them.

    Write the rest, and return how many these are.
    """
    found = find_repeats(
        pl.scan_parquet(read.path, glob=False).select("position", "content", "origin"),
        holdout=corpus.reserved.lazy().select("content"),
        anchor=corpus.every_anchor.lazy().select("content"),
        admitted=admitted,
    )
    found = pl.concat([found, find_entity_faults(pl.scan_parquet(read.path, glob=False), corpus), *reasons])
    return read.rows - sorting.hold_found(found, read.path, to=to)


def _quarantine_near(
    admissible: Path, rows: int, sorting: Sorting, corpus: OpenCorpus, last: Version, *, folder: Path
) -> tuple[int | None, tuple[str, ...]]:
    """Quarantine the near copies; return how many these are, None if none were looked for, and what was not compared.

    Rows whose texts are their only content are compared by these alone, and so are rows with pictures.
    """
    searches = []
    if sorting.looks_for([NEAR]) and not corpus.has_pictures and (corpus.schema.numeric or not corpus.has_texts):
        searches.append(lambda left: find_near_copies(admissible, left, corpus, last, folder=folder))
    if corpus.has_texts and sorting.looks_for(NEAR_GUARDS):
        searches.append(lambda left: find_text_copies(admissible, left, corpus, last, folder=folder))
    if corpus.has_pictures and sorting.looks_for(NEAR_GUARDS):
        searches.append(lambda left: find_picture_copies(admissible, left, corpus, last))
    left, abstained, compared = rows, list[str](), False
    for search in searches:
        found = search(left)
        abstained += found.abstained
        compared |= found.compared
        different = admissible.rename(folder / "different.parquet")
        left -= sorting.hold_found(found.rows, different, to=admissible)
    return rows - left if compared else None, tuple(abstained)
