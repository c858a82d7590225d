"""The real rows of a study or a corpus, read from their source and split."""

from dataclasses import replace

from outcross.assets.anchor.ages import both_ages, mark_younger
from outcross.assets.anchor.entities import note_entities
from outcross.assets.anchor.split import Split, split
from outcross.assets.study.real_before import RealBefore
from outcross.resources.sources.contract import RealData, Source


def read_parts(
    source: Source,
    *,
    holdout: float,
    seed: int,
    entity: str | None = None,
    time: str | None = None,
    texts: bool = True,
    carries: bool = False,
    real_before: RealBefore | None = None,
) -> tuple[RealData, Split]:
    """Read a source and split its rows; a column that looks like an entity is noted where none is named.

    Args:
        source: of the real rows.
        holdout: expected share held out.
        seed: of the split.
        entity: column whose rows of one value stay on one side.
        time: column by which the latest rows are held out.
        texts: whether a column may be text by a guess, beside others.
        carries: whether rows are kept as they came as well, so that a column that nothing can model is no error.
        real_before: the date from which rows are marked as younger.

    Raises:
        BadInput: the data cannot be used or split, or there are too few rows before or after the date.
    """
    column = time if real_before is None else real_before.column or time
    data = load_rows(source, entity=entity, time=column, texts=texts, carries=carries)
    younger = None if real_before is None else mark_younger(data, real_before, str(column))
    parts = split(
        data.rows,
        data.schema,
        holdout=holdout,
        seed=seed,
        entity=data.entity,
        time=None if time is None else data.time,
        beside=younger,
    )
    if younger is not None:
        both_ages(parts.anchor, parts.holdout)
    notes = note_entities(data.rows, data.schema) if entity is None else []
    return replace(data, notes=[*data.notes, *notes]), parts


def load_rows(source: Source, *, entity: str | None, time: str | None, texts: bool, carries: bool = False) -> RealData:
    """Load a source with the columns that its split goes by; ``BadInput`` if the data cannot be used."""
    if carries:
        return source.load_carrying(entity=entity, time=time)
    if not texts:
        return source.load_table(entity=entity, time=time)
    return source.load() if entity is None and time is None else source.load_keyed(entity=entity, time=time)
