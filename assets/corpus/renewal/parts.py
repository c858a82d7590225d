"""The rows of a renewed anchor and its holdout: the batches' rows are split by the hash that split the first anchor.

So a row has the side that it would have had in the first anchor. A row that the hash sets aside leaves the corpus, with
every other row of its content, or of its entity. A row is never moved out of the anchor: where its content or its
entity is in the anchor, it joins it. In a corpus that is split by time, the latest rows of the batches are set aside.
"""

from dataclasses import dataclass

import polars as pl

from outcross.assets.anchor.split import latest, split
from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.entities import entity_keys
from outcross.assets.corpus.files import ANCHOR, IS_CURRENT, KEY, LEFT_OUT
from outcross.assets.corpus.ledger.counts import KIND
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.provenance import COLUMNS
from outcross.resources.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class AnchorParts:
    """The rows of a renewed anchor.

    Attributes:
        rows: of the anchor, and those that were: ``batch_id``, ``position``, ``content``, the stored columns, those of
            provenance, and whether batches are compared with them.
        reserved: rows set aside: ``batch_id``, ``content``, the stored columns, and whether batches are compared with
            them.
        left_out: rows of the corpus that leave it: the columns of :data:`~.files.LEFT_OUT` and of ``KIND``.
        taken: number of rows that no renewal has taken before.
        held: number of the batches' rows that were set aside.
    """

    rows: pl.DataFrame
    reserved: pl.DataFrame
    left_out: pl.DataFrame
    taken: int
    held: int


def divide(corpus: OpenCorpus, version: Version, chosen: pl.DataFrame, *, alone: bool) -> AnchorParts:
    """Divide rows of batches into those that join the anchor and those that are set aside.

    Args:
        corpus: the open corpus, with the anchor of the version.
        version: the last of its ledger.
        chosen: the rows.
        alone: whether they replace the anchor's rows in comparisons.

    Raises:
        BadInput: rows are split by a time that is not stored.
    """
    unit = "content" if corpus.entity is None else "entity key"
    known = chosen.with_columns(_unit(corpus).alias(unit)).drop_nulls(unit)
    held = _held_units(corpus, known, unit)
    joining = known.filter(~pl.col(unit).is_in(held.implode()))
    aside = known.filter(pl.col(unit).is_in(held.implode()))
    names = ["content", *corpus.stored.names]
    columns = [*KEY, *names, *COLUMNS, IS_CURRENT]
    here = scan_rows(corpus, version, [*KEY]).collect(engine="streaming")
    before = _marked(corpus.every_anchor).join(here, on=KEY, how="semi", maintain_order="left")
    after = [before.select(columns), joining.with_columns(pl.lit(value=True).alias(IS_CURRENT)).select(columns)]
    new = aside.select("batch_id", *names, pl.lit(value=True).alias(IS_CURRENT))
    rows = pl.concat(after).unique(KEY, keep="last", maintain_order=True)
    reserved = pl.concat([_marked(corpus.reserved).select(new.columns), new])
    if alone:
        is_chosen = pl.col("batch_id").is_in(chosen["batch_id"].unique().implode()).alias(IS_CURRENT)
        rows, reserved = rows.with_columns(is_chosen), reserved.with_columns(is_chosen)
    return AnchorParts(
        rows=rows,
        reserved=reserved,
        left_out=_leaving(corpus, version, held, aside["content"]),
        taken=joining.join(before, on=KEY, how="anti").height,
        held=aside.height,
    )


def _marked(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to rows of the first anchor or holdout what those of a renewed one say."""
    if IS_CURRENT in rows.columns:
        return rows
    return rows.with_columns(pl.lit(ANCHOR).alias("batch_id"), pl.lit(value=True).alias(IS_CURRENT))


def _unit(corpus: OpenCorpus) -> pl.Expr:
    """Build what decides on the side of a row: its content, or its entity."""
    return pl.col("content") if corpus.entity is None else entity_keys(corpus.entity.name)


def _held_units(corpus: OpenCorpus, known: pl.DataFrame, unit: str) -> pl.Series:
    """Return the contents or entities that are set aside: none that the anchor has."""
    anchored = corpus.every_anchor.select(_unit(corpus)).to_series()
    if corpus.settings.time is not None:
        late = latest(_times(corpus, known), corpus.settings.holdout).fill_null(value=False)
        held = known.filter(late)[unit].unique()
        return held.filter(~held.is_in(anchored.implode()))
    entity = None if corpus.entity is None else known[unit].alias(f"{unit} of the split")
    sides = split(known, corpus.schema, holdout=corpus.settings.holdout, seed=corpus.settings.seed, entity=entity)
    if entity is not None:
        held = sides.holdout[entity.name].unique()
    else:
        held = sides.holdout["row_id"].str.slice(0, 32).unique()
    return held.filter(~held.is_in(anchored.implode()))


def _times(corpus: OpenCorpus, rows: pl.DataFrame) -> pl.Series:
    """Return (rows,) the time of each row."""
    time = corpus.settings.time
    found = next((each.name for each in corpus.stored.columns if each.source_name == time), None)
    if found is None:
        raise BadInput(
            f"corpus '{corpus.name}' is split by 'time: {time}', a column that its rows are stored without, so which "
            f"rows of the batches are the latest is not known; write the rows with 'outcross take {corpus.name} --to "
            "FOLDER', and start a corpus with another name from them"
        )
    return rows[found]


def _leaving(corpus: OpenCorpus, version: Version, held: pl.Series, contents: pl.Series) -> pl.DataFrame:
    """List the rows of the corpus that are of a content or an entity that is set aside."""
    away = pl.col("content").is_in(contents.implode())
    if corpus.entity is not None:
        away |= entity_keys(corpus.entity.name).is_in(held.implode()).fill_null(value=False)
    rows = scan_rows(corpus, version).filter(pl.col("batch_id") != ANCHOR).filter(away)
    wanted = list(dict.fromkeys([*LEFT_OUT, *KIND]))
    return rows.select(wanted).collect(engine="streaming").sort(KEY)
