"""The schema check that all text generators share."""

from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.sources.column_record import to_setting


def check_text_column(schema: Schema, *, kind: str) -> None:
    """Accept exactly one column, of text, without nulls.

    Raises:
        BadInput: the message names the generator ``kind``, the column and the remedy.
    """
    column = schema.text
    if column is None:
        raise BadInput(f"generator '{kind}': no column has role 'text'; declare one, or use another generator")
    others = [each.source_name for each in schema.columns if each is not column]
    if others:
        names = ", ".join(map(repr, others))
        drop = to_setting(dict.fromkeys(others, "ignore"))
        raise BadInput(f"generator '{kind}': models one column of text, not {names}; set {drop!r}")
    if column.nullable:
        raise BadInput(f"generator '{kind}': column '{column.name}' has nulls; drop those rows")
