"""A suite of Great Expectations that is derived from a corpus's anchor: what its columns hold, named as in its file.

It describes, and holds nothing: the guards decide. Its tolerances are those of the guards of columns. Dates and times
have no range, since a suite in JSON has no values to compare them with; pictures are left out.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import polars as pl

from outcross.assets.corpus.files import EXPECTATIONS
from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.gx_suite import Suite
from outcross.resources.schema import Column, Role
from outcross.resources.store import MissingArtefact
from outcross.resources.typed_rows import for_users, shown_schema

MOST_LEVELS = 200
"""Largest number of levels of a column that the suite lists."""
FEWEST_UNIQUE = 50
"""Smallest number of rows from which a column without repeats is taken for an identifier."""
MOST_SHAPES = 3
"""Largest number of shapes of a column of texts with one format."""
USUAL = 0.99
"""Share of the values that have to be as expected: one of a hundred may be new, as under ``new_levels``."""

FORMAT = 1
"""Raised when the suite is derived in another way."""
_FILE = f"{EXPECTATIONS}/suite-{FORMAT}{{mark}}.json"

Expectation = dict[str, Any]


def load_derived(corpus: OpenCorpus) -> Suite:
    """Load the derived suite of a corpus; it is derived and stored when it is first used."""
    path = _FILE.format(mark=corpus.anchor_mark)
    try:
        suite: Suite = json.loads(corpus.files.get(path))
        return suite
    except MissingArtefact:
        suite = derive_suite(corpus)
        corpus.files.put(path, (json.dumps(suite, indent=1) + "\n").encode())
        return suite


def derive_suite(corpus: OpenCorpus, anchor: pl.DataFrame | None = None) -> Suite:
    """Derive the suite from the anchor of a corpus, or from other rows of it. The same rows give the same suite."""
    rows = corpus.rows if anchor is None else anchor
    rows = for_users(rows.select(corpus.schema.names), corpus.schema)
    columns = [column for column in shown_schema(corpus.schema).columns if column.role is not Role.IMAGE]
    expectations = [
        _expect("expect_table_row_count_to_be_between", min_value=1),
        _expect("expect_table_columns_to_match_set", column_set=[each.name for each in columns], exact_match=False),
    ]
    for column in columns:
        expectations += _of_column(column, rows[column.name])
    about = {"corpus": corpus.name, "anchor_rows": rows.height, "made_by": "outcross"}
    return {"name": f"{corpus.name}_profile", "id": None, "expectations": expectations, "meta": about, "notes": None}


def _of_column(column: Column, values: pl.Series) -> Iterator[Expectation]:
    name, known = column.name, values.drop_nulls()
    missing = values.null_count() / max(values.len(), 1)
    most = missing + (GUARDS["nulls"].upper or 0.0)
    yield _expect("expect_column_values_to_not_be_null", column=name, mostly=round(max(0.0, 1 - most), 4))
    if not known.len():
        return
    if values.dtype.is_integer() or values.dtype.is_float():
        kinds = ["int64", "int32", "Int64", "float64"] if values.dtype.is_integer() else ["float64", "float32"]
        yield _expect("expect_column_values_to_be_in_type_list", column=name, type_list=kinds)
    if _is_identifier(values):
        yield _expect("expect_column_values_to_be_unique", column=name)
    elif column.role is not Role.NUMERIC and column.role is not Role.TEXT and known.n_unique() <= MOST_LEVELS:
        yield _expect(
            "expect_column_values_to_be_in_set", column=name, value_set=known.unique().sort().to_list(), mostly=USUAL
        )
    if values.dtype.is_integer() or values.dtype.is_float():
        ends = {"min_value": known.min(), "max_value": known.max()}
        yield _expect("expect_column_values_to_be_between", column=name, **ends, mostly=USUAL)
    if values.dtype == pl.String:
        lengths = known.str.len_chars()
        ends = {"min_value": lengths.min(), "max_value": lengths.max()}
        yield _expect("expect_column_value_lengths_to_be_between", column=name, **ends, mostly=USUAL)
        if (regex := find_format(known)) is not None:
            yield _expect("expect_column_values_to_match_regex", column=name, regex=regex, mostly=USUAL)


def _expect(kind: str, **kwargs: Any) -> Expectation:
    return {"type": kind, "kwargs": kwargs, "meta": {}, "severity": "critical"}


def _is_identifier(values: pl.Series) -> bool:
    """Whether no value occurs twice, as in a column of identifiers; measurements do not count."""
    whole = values.dtype.is_integer() or values.dtype == pl.String
    return whole and values.len() >= FEWEST_UNIQUE and not values.null_count() and values.n_unique() == values.len()


def find_format(values: pl.Series) -> str | None:
    """Find the regular expression of a format that all values have, such as ``AB-1234``; None where they have none.

    A format has digits or signs, and at most three shapes: runs of digits and of letters, each of one length.
    """
    shapes = values.str.replace_all(r"\d", "9").str.replace_all(r"[A-Z]", "A").str.replace_all(r"[a-z]", "a").unique()
    if shapes.len() > MOST_SHAPES or not shapes.str.contains(r"[9\-_/.:@]").all():
        return None
    return f"^(?:{'|'.join(_regex(shape) for shape in shapes.sort())})$"


def _regex(shape: str) -> str:
    classes = {"9": r"[0-9]", "A": "[A-Z]", "a": "[a-z]"}
    parts = []
    for run in re.finditer(r"9+|A+|a+|[^9Aa]+", shape):
        first, length = run[0][0], len(run[0])
        parts.append(f"{classes[first]}{{{length}}}" if first in classes else re.escape(run[0]))
    return "".join(parts)
