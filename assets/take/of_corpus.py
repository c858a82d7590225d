"""The rows of a version of a corpus: its anchor, then those of each batch that it admitted."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.files import ANCHOR
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.provenance import COLUMNS
from outcross.assets.corpus.withdrawal.since import withdrawn_since
from outcross.assets.export.batches import describe_corpus
from outcross.assets.take.card import card_of
from outcross.assets.take.originals import anchor_as_came, batch_as_came
from outcross.assets.take.taken import Taken, claims_frame
from outcross.resources.carried.as_came import AsCame
from outcross.resources.carried.carried import Carried
from outcross.resources.carried.rows import Rows


@names_damage
def take_corpus(corpus: OpenCorpus, number: int | None = None) -> Taken:
    """Return the rows of a version.

    Rows of files are as they came: those of a batch from its file in the store, those of the anchor from its source,
    where this still is what the anchor was read from. Where it is not, all rows have what is modelled.

    Args:
        corpus: the open corpus.
        number: of the version; None is the last.

    Raises:
        MissingArtefact: there is no such version.
        Damaged: a file of it is.
    """
    version = read_version(corpus.files, number)
    rows = scan_rows(corpus, version).collect()
    carried, notes = _carried(corpus, rows)
    said = tuple(each.describe() for each in withdrawn_since(corpus, version))
    described = describe_corpus(corpus, version.number)
    came = None if carried is None else carried.parts[0]
    claims = claims_frame(rows.select(*COLUMNS))
    return Taken(
        rows=Rows(rows=rows, schema=corpus.stored, carried=carried),
        claims=claims,
        form=_form(corpus, came),
        separator=None if came is None else came.separator,
        card=card_of(described, claims),
        about={"corpus": corpus.name, "version": version.number},
        notes=(*notes, *said),
    )


def _carried(corpus: OpenCorpus, rows: pl.DataFrame) -> tuple[Carried | None, tuple[str, ...]]:
    """The rows as they came, and why they are not where they are not."""
    found = anchor_as_came(corpus)
    if isinstance(found, str):
        return None, (found,)
    came, places = found
    parts: list[AsCame] = [came]
    part, place = np.zeros(rows.height, dtype=np.int64), np.zeros(rows.height, dtype=np.int64)
    batches: Sequence[str] = rows["batch_id"].unique(maintain_order=True).to_list()
    for batch in batches:
        own = (rows["batch_id"] == batch).to_numpy()
        positions = rows["position"].filter(pl.Series(own)).to_numpy()
        if batch == ANCHOR:
            place[own] = places[positions]
            continue
        of_batch = batch_as_came(corpus, batch)
        if isinstance(of_batch, str):
            return None, (of_batch,)
        parts.append(of_batch)
        part[own], place[own] = len(parts) - 1, positions
    return Carried(parts=parts, part=part, place=place), ()


def _form(corpus: OpenCorpus, came: AsCame | None) -> str:
    if came is not None:
        return came.format
    if corpus.has_pictures:
        return "image"
    name = corpus.settings.anchor.read_options().format
    return name if name in ("csv", "tsv", "json", "jsonl", "parquet", "arrow") else "parquet"
