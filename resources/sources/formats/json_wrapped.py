"""JSON whose one object wraps the rows: a list of them under a key, or a list a column."""

import json
from typing import Any

from outcross.resources.errors import BadInput
from outcross.resources.sources.foreign import command_for

TURNS = frozenset({"role", "from"})
"""Keys of the turns of a conversation, which are no rows."""


def refuse_wrapped_rows(text: str, name: str) -> None:
    """Refuse the text of one object that wraps rows; other text is left to what reads it.

    Args:
        text: JSON.
        name: of the file, for messages.

    Raises:
        BadInput: rows lie under a key of the object, or each key has a list of as many values.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(found, dict):
        return
    for key, value in found.items():
        if _are_rows(value):
            shown = key if key.isidentifier() else "KEY"
            line = f"import json; json.dump(json.load(open('{{name}}'))['{shown}'], open('{{stem}}-rows.json', 'w'))"
            raise BadInput(
                f"file {name!r} holds one object, whose {key!r} is a list of {len(value):,} objects; save that list "
                f"alone: {command_for(line, name)}"
            )
    lengths = {len(value) if isinstance(value, list) else 0 for value in found.values()}
    if len(found) > 1 and len(lengths) == 1 and max(lengths) > 1:
        line = "import json, polars; polars.DataFrame(json.load(open('{name}'))).write_parquet('{stem}.parquet')"
        raise BadInput(
            f"file {name!r} holds one object with a list of {lengths.pop():,} values a column; write an object a row: "
            f"{command_for(line, name)}"
        )


def _are_rows(value: Any) -> bool:
    if not isinstance(value, list) or len(value) < 2:
        return False
    return all(isinstance(each, dict) and not TURNS & each.keys() for each in value)
