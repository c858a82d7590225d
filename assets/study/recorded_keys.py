"""Settings as fingerprints record them: a key that came later is left out while it has its default.

So a version of Outcross with another key leaves the stores of the versions before it current. Which keys fingerprints
have recorded since the first lies in ``first_keys.json``, by class; ``make snapshot`` adds classes that are new, and
changes none that is there. All keys of a class from elsewhere, such as that of a plug-in, are recorded.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

FIRST_KEYS = Path(__file__).with_name("first_keys.json")


@cache
def first_keys() -> dict[str, frozenset[str]]:
    """Return class → the names of the keys that fingerprints record whatever their value."""
    read: dict[str, list[str]] = json.loads(FIRST_KEYS.read_text(encoding="utf-8"))
    return {name: frozenset(keys) for name, keys in read.items()}


def recorded(model: BaseModel, **dumped: Any) -> dict[str, Any]:
    """Return settings as JSON-able values, without later keys that have their default.

    Args:
        model: the settings.
        dumped: arguments of :meth:`pydantic.BaseModel.model_dump`, such as ``include``.
    """
    found: dict[str, Any] = _without_later(model, model.model_dump(mode="json", by_alias=True, **dumped))
    return found


def _without_later(value: Any, dump: Any) -> Any:
    if isinstance(value, BaseModel) and isinstance(dump, dict):
        return _of_model(value, dump)
    if isinstance(value, Mapping) and isinstance(dump, dict) and len(value) == len(dump):
        return {key: _without_later(each, dump[key]) for key, each in zip(dump, value.values(), strict=True)}
    if isinstance(value, list | tuple) and isinstance(dump, list) and len(value) == len(dump):
        return [_without_later(*pair) for pair in zip(value, dump, strict=True)]
    return dump


def _of_model(model: BaseModel, dump: dict[str, Any]) -> dict[str, Any]:
    first = first_keys().get(type(model).__name__)
    fields = {
        field.serialization_alias or field.alias or name: name for name, field in type(model).model_fields.items()
    }
    kept = {}
    for key, each in dump.items():
        if (name := fields.get(key)) is None:
            kept[key] = each
            continue
        value = getattr(model, name)
        default = type(model).model_fields[name].get_default(call_default_factory=True)
        if first is None or name in first or value != default:
            kept[key] = _without_later(value, each)
    return kept
