"""The rows of a corpus as they came: those of its anchor's source, and those of the files of its batches."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from outcross.assets.anchor.parts import read_parts
from outcross.assets.anchor.split import row_ids
from outcross.assets.corpus.open_corpus import OpenCorpus, with_content_hash
from outcross.resources.carried.as_came import CONTENT, NAME, AsCame
from outcross.resources.errors import BadInput
from outcross.resources.sources.files import Files
from outcross.resources.sources.formats import ROWS_BY_SUFFIX
from outcross.resources.sources.formats.choice import choose_format
from outcross.resources.sources.formats.contract import BadLine
from outcross.resources.sources.locate import SourceFile
from outcross.resources.sources.read_as_came import read_as_came
from outcross.resources.staging import staging_folder

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC = {b"\x89PNG": ".png", b"\xff\xd8": ".jpg", b"RIFF": ".webp", b"BM": ".bmp", b"GIF8": ".gif"}
"""First bytes of an image file → its extension; any other is TIFF."""


def anchor_as_came(corpus: OpenCorpus) -> tuple[AsCame, np.ndarray] | str:
    """Return the rows of the anchor's source as they came, and the place of each row of the anchor.

    Returns the reason where that is not known: the source is no file of rows, or is not what the anchor was read from.
    """
    settings, source = corpus.settings, corpus.settings.anchor
    if not isinstance(source, Files):
        return "rows have what is modelled, since the anchor came from no file"
    changed = "rows have what is modelled, since the anchor's files are not what they were when the corpus was started"
    try:
        came = read_as_came(source)
        data, parts = read_parts(
            source, holdout=settings.holdout, seed=settings.seed, entity=settings.entity, time=settings.time
        )
    except BadInput:
        return changed
    if came is None or data.places is None or came.are_documents:  # no batch is a folder of text files
        return "rows have what is modelled, since a row of the anchor is none of its files"
    content = with_content_hash(parts.anchor, data.schema)["content"] if data.schema == corpus.schema else pl.Series([])
    if content.to_list() != corpus.as_of(None).rows["content"].to_list():
        return changed
    ids = pl.DataFrame([row_ids(data.rows, data.schema, entity=data.entity), data.places.alias("place")])
    found = parts.anchor.select("row_id").join(ids, on="row_id", how="left", maintain_order="left")
    return came, found["place"].to_numpy()


def batch_as_came(corpus: OpenCorpus, batch: str) -> AsCame | str:
    """Return the rows of a batch's file as they came, by position; a line that is no row is null.

    Returns the reason where the file cannot be read.
    """
    original = next((each for each in corpus.files.list(f"batches/{batch}") if "/original" in each), None)
    if original is None:
        return f"rows have what is modelled, since the file of batch {batch} is missing or was erased"
    with staging_folder() as folder:
        local = folder / Path(original).name
        corpus.files.fetch(original, local)
        file, bad = SourceFile(local.name, local), list[BadLine]()
        found = choose_format(file, ROWS_BY_SUFFIX, stated=False)
        options = corpus.settings.anchor.read_options().for_format(found.name)
        table = found.read_as_came(file, options, bad)
    came = AsCame(format=found.name, table=_with_bad(table, bad))
    return _as_files(corpus, batch, came) if corpus.has_pictures else came


def _with_bad(table: "pa.Table", bad: list[BadLine]) -> "pa.Table":
    """Put a null row in the place of each line that is no row."""
    import pyarrow as pa

    if not bad:
        return table
    places = np.zeros(table.num_rows + len(bad), dtype=bool)
    places[[line.place for line in bad]] = True
    return table.take(pa.array(np.cumsum(~places) - 1, mask=places))


def _as_files(corpus: OpenCorpus, batch: str, came: AsCame) -> AsCame:
    """Pictures that were packed into a table, as image files again."""
    import pyarrow as pa

    image = corpus.schema.image
    anchor = corpus.settings.anchor
    is_folder = isinstance(anchor, Files) and anchor.read_options().format == "image"
    if image is None or not is_folder or not pa.types.is_large_binary(came.table.schema.field(image.source_name).type):
        return came
    contents = came.table.column(image.source_name).to_pylist()
    names = [f"{batch}-{place}{_suffix(content)}" for place, content in enumerate(contents)]
    return AsCame(format="image", table=pa.table({NAME: names, CONTENT: pa.array(contents, pa.large_binary())}))


def _suffix(content: bytes | None) -> str:
    return next((suffix for magic, suffix in _MAGIC.items() if (content or b"").startswith(magic)), ".tiff")
