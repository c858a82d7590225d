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
        BadInput: rows lie under a key of the object, each key has a list of as many values, or pandas wrote it.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(found, dict):
        return
    for key, value in found.items() if _split(found) is None else ():
        if _are_rows(value):
            shown = key if key.isidentifier() else "KEY"
            line = f"import json; json.dump(json.load(open('{{name}}'))['{shown}'], open('{{stem}}-rows.json', 'w'))"
            raise BadInput(
                f"file {name!r} holds one object, whose {key!r} is a list of {len(value):,} objects; save that list "
                f"alone: {command_for(line, name)}"
            )
    _refuse_pandas(found, name)
    lengths = {len(value) if isinstance(value, list) else 0 for value in found.values()}
    if len(found) > 1 and len(lengths) == 1 and max(lengths) > 1:
        line = "import json, polars; polars.DataFrame(json.load(open('{name}'))).write_parquet('{stem}.parquet')"
        raise BadInput(
            f"file {name!r} holds one object with a list of {lengths.pop():,} values a column; write an object a row: "
            f"{command_for(line, name)}"
        )


def _refuse_pandas(found: dict[str, Any], name: str) -> None:
    """Refuse an object as pandas or an interface of the web writes it: by columns, by the index of rows, or split."""
    if (split := _split(found)) is not None:
        names, values = split
        what = f"one object whose {values!r} is a list of {len(found[values]):,} lists, in the order of {names!r}"
        called = f"[n['name'] for n in d['{names}']]" if isinstance(found[names][0], dict) else f"d['{names}']"
        rows = f"[dict(zip({called}, row)) for row in d['{values}']]"
    elif _share_keys(list(found.values())):
        inner = list(next(iter(found.values())))
        if inner == [str(place) for place in range(len(inner))]:
            what = f"an object a column, each of {len(inner):,} values"
            rows = "[dict(zip(d, row)) for row in zip(*(c.values() for c in d.values()))]"
        else:
            what, rows = f"{len(found):,} objects under a key each", "[{'key': key, **row} for key, row in d.items()]"
    else:
        return
    line = f"import json; d = json.load(open('{{name}}')); json.dump({_braced(rows)}, open('{{stem}}-rows.json', 'w'))"
    raise BadInput(f"file {name!r} holds {what}; write an object a row: {command_for(line, name)}")


def _split(found: dict[str, Any]) -> tuple[str, str] | None:
    """Return the keys of the names of columns and of the rows, where these are lists of values in the same order."""
    for values, rows in found.items():
        if not isinstance(rows, list) or len(rows) < 2 or not all(isinstance(row, list) for row in rows):
            continue
        for names, columns in found.items():
            if values.isidentifier() and names.isidentifier() and _are_names(columns, width=len(rows[0])):
                return names, values
    return None


def _are_names(columns: Any, *, width: int) -> bool:
    """Whether a list has a name for each value of a row: text, or objects with a ``name``."""
    if not isinstance(columns, list) or not columns or len(columns) != width:
        return False
    named = [each.get("name") if isinstance(each, dict) else each for each in columns]
    return all(isinstance(each, str) for each in named) and len({type(each) for each in columns}) == 1


def _share_keys(values: list[Any]) -> bool:
    """Whether all values are objects with the same keys, two of each at least."""
    if len(values) < 2 or not all(isinstance(each, dict) and len(each) > 1 for each in values):
        return False
    return all(each.keys() == values[0].keys() for each in values)


def _braced(python: str) -> str:
    return python.replace("{", "{{").replace("}", "}}")


def _are_rows(value: Any) -> bool:
    if not isinstance(value, list) or len(value) < 2:
        return False
    return all(isinstance(each, dict) and not TURNS & each.keys() for each in value)
