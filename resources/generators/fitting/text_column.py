"""What generators of text ask of a schema."""

from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema


def check_text_column(schema: Schema, *, kind: str) -> None:
    """Accept exactly one column, of text, without nulls.

    Raises:
        BadInput: naming the generator ``kind``, the column and the remedy.
    """
    column = schema.text
    if column is None:
        raise BadInput(f"generator '{kind}': no column has role 'text'; declare one, or use another generator")
    others = [name for name in schema.names if name != column.name]
    if others:
        raise BadInput(
            f"generator '{kind}': it models one column of text and cannot model '{others[0]}'; give it role 'ignore'"
        )
    if column.nullable:
        raise BadInput(f"generator '{kind}': column '{column.name}' has nulls; drop those rows")
