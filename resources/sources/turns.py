"""Conversations: columns whose values are lists of turns, each with who speaks and what is said."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from outcross.resources.errors import BadInput

SPEAKERS = ("role", "from")
CONTENTS = ("content", "value")
"""Keys of a turn: OpenAI's, then those of ShareGPT."""
ROLES = {"human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant"}
"""Names of speakers that are written otherwise."""
_LOOKED_AT = 20


@dataclass(frozen=True)
class Turn:
    """What one speaker says; ``others`` names the keys with a value that are neither."""

    role: str
    content: str
    others: tuple[str, ...] = ()


def holds_turns(values: pl.Series) -> bool:
    """Return whether a column holds conversations: lists of structures, or JSON of them in text."""
    if isinstance(values.dtype, pl.List | pl.Array) and isinstance(values.dtype.inner, pl.Struct):
        return _are_keys({field.name for field in values.dtype.inner.fields})
    if values.dtype != pl.String:
        return False
    first = values.alias("").drop_nulls().head(_LOOKED_AT)
    return bool(len(first)) and 2 * sum(_is_json_of_turns(value) for value in first) > len(first)


def read_turns(values: pl.Series, *, where: str, lenient: bool = False) -> Iterator[list[Turn] | None]:
    """Yield the turns of each row; an empty list where the value is null.

    Args:
        values: a column of conversations.
        where: the column, as messages name it.
        lenient: whether None is yielded for a value that cannot be read.

    Raises:
        BadInput: a value is no list of turns, or a turn holds more than text; the message gives the row.
    """
    for number, value in enumerate(values, start=1):
        try:
            turns = _turns(value, f"{where}, row {number}")
        except BadInput:
            if not lenient:
                raise
            turns = None
        yield turns


def _are_keys(names: set[str]) -> bool:
    return any(key in names for key in SPEAKERS) and any(key in names for key in CONTENTS)


def _is_json_of_turns(value: str) -> bool:
    try:
        turns = json.loads(value) if value.lstrip().startswith("[") else None
    except (ValueError, RecursionError):
        return False
    return isinstance(turns, list) and all(isinstance(turn, dict) and _are_keys(set(turn)) for turn in turns)


def _turns(value: Any, where: str) -> list[Turn]:
    if value is None:
        return []
    try:
        turns = json.loads(value) if isinstance(value, str) else list(value)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: the conversation is not JSON ({error}); correct it, or drop that row") from error
    if not isinstance(turns, list) or not all(isinstance(turn, dict) and _are_keys(set(turn)) for turn in turns):
        raise BadInput(
            f"{where}: the conversation is no list of turns with 'role' and 'content'; correct it, or drop that row"
        )
    return [_turn(turn, where) for turn in turns]


def _turn(turn: dict[str, Any], where: str) -> Turn:
    speaker = next(key for key in SPEAKERS if key in turn)
    spoken = next(key for key in CONTENTS if key in turn)
    role = str(turn[speaker])
    others = tuple(key for key, value in turn.items() if key not in (speaker, spoken) and value not in (None, "", []))
    return Turn(ROLES.get(role, role), _text(turn[spoken], where), others)


def _text(content: Any, where: str) -> str:
    """Return the text of a turn, which may be a list of parts."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    parts = list(content) if isinstance(content, list | tuple) else []
    if parts and all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in parts):
        return "\n".join(part["text"] for part in parts)
    raise BadInput(
        f"{where}: a turn holds more than text ({str(content)[:60]!r}); keep the text of each turn alone, or drop that "
        "row"
    )
