"""Tables of the keys of settings: what each takes, its default and its meaning, read from the classes."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from docs.site.markdown import prose, table

LONGEST_DEFAULT = 60
"""Characters of a default that a table shows."""
SAME_KEYS = {"Pool": "Files"}
"""Settings → others whose keys they have as well, with the same meaning."""
_Schema = Mapping[str, Any]
_WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true`, `false`"}
_SIGNS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def describe_models(*models: type[BaseModel]) -> Iterator[str]:
    """Write a table of the keys of each model, and of each that it contains: those named first, the others by name."""
    found: dict[str, dict[str, Any]] = {}
    for model in models:
        schema = model.model_json_schema()
        found |= {model.__name__: schema}
        found |= {name: each for name, each in schema.get("$defs", {}).items() if name not in found}
    first = {model.__name__ for model in models}
    kinds = _kinds_of_settings()
    for name in [*sorted(first), *sorted(set(found) - first)]:
        about = found[name]
        required = set(about.get("required", ()))
        told = _told(kinds[SAME_KEYS[name]]) if name in SAME_KEYS else {}
        told |= _told(kinds[name]) if name in kinds else {}
        rows = [
            _key(key, each | {"description": told.get(key, "")}, key in required, found)
            for key, each in about.get("properties", {}).items()
        ]
        if rows:
            summary = (about.get("description") or "").split("Attributes:")[0].split("\n\n")[0]
            yield f"## {name}\n\n{prose(summary)}\n\n" + table(("key", "values", "default", "meaning"), rows)


def _kinds_of_settings() -> dict[str, type[BaseModel]]:
    """Return the name of each class of settings → the class."""
    from outcross.resources.settings import Settings

    waiting, found = [Settings], dict[str, type[BaseModel]]()
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return found


def _told(kind: type[BaseModel]) -> dict[str, str]:
    """Return key → what the class or one that it derives from says of it, in the field or in its docstring."""
    from docstring_parser import DocstringStyle, parse

    told = dict[str, str]()
    for each in reversed(kind.__mro__):
        docstring = parse(each.__doc__ or "", DocstringStyle.GOOGLE) if issubclass(each, BaseModel) else None
        told |= {about.arg_name: about.description or "" for about in docstring.params} if docstring else {}
    told |= {each.alias or key: each.description for key, each in kind.model_fields.items() if each.description}
    tags = {
        key: "names this kind"
        for key, field in kind.model_fields.items()
        if get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1
    }
    return tags | told


def _key(name: str, about: _Schema, required: bool, others: Mapping[str, _Schema]) -> tuple[str, str, str, str]:
    default = "required" if required and "const" not in about else _default(about)
    return f"`{name}`", _kinds(about, others), default, prose(about.get("description", ""))


def _default(about: _Schema) -> str:
    value = about.get("default")
    if value in (None, [], {}):
        return "none"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`" if 0 < len(text) <= LONGEST_DEFAULT else "empty" if not text else "see its own table"


def _kinds(about: _Schema, others: Mapping[str, _Schema]) -> str:
    """Name what a key takes: types, names of other tables, values and bounds."""
    if "$ref" in about:
        name = about["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})" if "properties" in others[name] else _kinds(others[name], others)
    if several := [each for key in ("anyOf", "oneOf", "allOf") for each in about.get(key, ())]:
        return " or ".join(dict.fromkeys(_kinds(each, others) for each in several if each != {"type": "null"}))
    if values := about.get("enum", [about["const"]] if "const" in about else []):
        return ", ".join(f"`{each}`" for each in values)
    inner = about.get("additionalProperties") or next(iter(about.get("patternProperties", {}).values()), {})
    if about.get("type") in {"array", "object"}:
        within = about.get("items", {}) if about["type"] == "array" else inner if isinstance(inner, dict) else {}
        return ("list of " if about["type"] == "array" else "name → ") + _kinds(within, others)
    bounds = ", ".join(f"{sign} {about[key]:,g}" for key, sign in _SIGNS.items() if key in about)
    return " ".join(filter(None, [_WORDS.get(about.get("type", ""), "anything"), bounds]))
