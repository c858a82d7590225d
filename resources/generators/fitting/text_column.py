"""The schema check that all text generators share."""

from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema


def check_text_column(schema: Schema, *, kind: str) -> None:
    """Accept exactly one column, of text, without nulls.

    Raises:
        BadInput: the message names the generator ``kind``, the column and the remedy.
    """
    column = schema.text
    if column is None:
        raise BadInput(f"generator '{kind}': no column has role 'text'; declare one, or use another generator")
    others = [name for name in schema.names if name != column.name]
    if others:
        raise BadInput(
            f"generator '{kind}': models one column of text, not '{others[0]}'; give that column role 'ignore'"
        )
    if column.nullable:
        raise BadInput(f"generator '{kind}': column '{column.name}' has nulls; drop those rows")
