"""Rows written as one file of the format that they came in, or as a folder of image or text files."""

import io
import json
from collections.abc import Iterator, Mapping

import polars as pl

from outcross.assets.corpus.provenance import PREFIX
from outcross.assets.take.documents import text_files
from outcross.assets.take.pictures import picture_files
from outcross.assets.take.taken import WEIGHT
from outcross.resources.carried.as_came import DOCUMENTS
from outcross.resources.carried.rows import Rows
from outcross.resources.errors import BadInput

SUFFIXES: Mapping[str, str] = {
    "csv": ".csv",
    "tsv": ".tsv",
    "json": ".json",
    "jsonl": ".jsonl",
    "parquet": ".parquet",
    "arrow": ".arrow",
    "text": ".txt",
    "image": "",
    DOCUMENTS: "",
}
"""Format → the extension of its file; image files, and text files that are rows, lie in a folder."""
FOLDERS = ("image", DOCUMENTS)
"""Formats whose rows are files of a folder."""
_WITHOUT_COLUMNS = ("text", *FOLDERS)


def as_columns(claims: pl.DataFrame) -> pl.DataFrame:
    """Return claims as columns beside the rows: those that say something, each with its prefix."""
    names = [name for name in claims.columns if name == WEIGHT or claims[name].null_count() < claims.height]
    return claims.select(pl.col(name).alias(f"{PREFIX}{name}") for name in names)


def write_rows(rows: Rows, form: str, *, separator: str | None, beside: pl.DataFrame | None) -> bytes:
    """Write rows as the bytes of one file.

    Args:
        rows: the rows, in their order.
        form: name of the format.
        separator: between the fields of delimited text; None takes the format's own.
        beside: columns to add to them; None adds none.

    Raises:
        BadInput: the format has no columns to add, or the rows do not fit into one table.
    """
    if beside is not None and form in _WITHOUT_COLUMNS:
        raise BadInput(
            f"rows that came as {form} have no columns to state their provenance in; leave --columns out, and it is in "
            "a file next to them"
        )
    match form:
        case "jsonl" | "json":
            return _lines(rows, form, beside)
        case "csv" | "tsv":
            return _delimited(rows, separator or ("," if form == "csv" else "\t"), beside)
        case "text":
            text = rows.schema.text
            assert text is not None
            return "".join(f"{each}\n" for each in rows.rows[text.name]).encode()
        case _:
            return _arrow(rows, form, beside)


def _lines(rows: Rows, form: str, beside: pl.DataFrame | None) -> bytes:
    lines = rows.lines()
    if beside is not None:
        lines = [_with_keys(line, keys) for line, keys in zip(lines, beside.iter_rows(named=True), strict=True)]
    if form == "json":
        return ("[\n" + ",\n".join(lines) + "\n]\n").encode()
    return "".join(f"{line}\n" for line in lines).encode()


def _with_keys(line: str, keys: Mapping[str, object]) -> str:
    """Add keys at the end of an object; those that it has are its own."""
    there = json.loads(line)
    new = {key: value for key, value in keys.items() if value is not None and key not in there}
    if not new:
        return line
    end = line.rindex("}")
    joined = json.dumps(new, ensure_ascii=False)[1:-1]
    return line[:end] + (", " if there else "") + joined + line[end:]


def _delimited(rows: Rows, separator: str, beside: pl.DataFrame | None) -> bytes:
    fields = rows.fields()
    if beside is not None:
        new = [name for name in beside.columns if name not in fields.columns]
        fields = pl.concat([fields, beside.select(new)], how="horizontal")
    buffer = io.BytesIO()
    fields.write_csv(buffer, separator=separator)
    return buffer.getvalue()


def _arrow(rows: Rows, form: str, beside: pl.DataFrame | None) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table, buffer = rows.table(), io.BytesIO()
    for name in beside.columns if beside is not None else ():
        if name not in table.column_names:
            assert beside is not None
            table = table.append_column(name, beside[name].to_arrow())
    if form == "arrow":
        with pa.ipc.new_file(buffer, table.schema) as writer:
            writer.write_table(table.combine_chunks())
    else:
        pq.write_table(table, buffer)
    return buffer.getvalue()


def write_folder(rows: Rows, form: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and bytes of each file of a folder; ``form`` is one of ``FOLDERS``."""
    yield from text_files(rows) if form == DOCUMENTS else picture_files(rows)
