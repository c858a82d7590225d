"""The keys that settings have at a place, for messages about a key that they do not have."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel


def known_keys(model: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """Return the keys of the settings at a place, as pydantic's errors name it; none where that is not known."""
    found = [model]
    for part in place:
        found = [inner for each in found for inner in _below(each, part)]
    return list(dict.fromkeys(field.alias or name for each in found for name, field in each.model_fields.items()))


def _below(model: type[BaseModel], part: str | int) -> list[type[BaseModel]]:
    """Return the settings under a key; or of a kind; or the same, where the part is a key of a mapping of them."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    if part in fields:
        return [each for each in get_types(fields[str(part)].annotation) if issubclass(each, BaseModel)]
    return [each for each in _kinds_of(model) if part in _tags(each)] or [model]


def _kinds_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for each in model.__subclasses__():
        yield from _kinds_of(each)


def _tags(model: type[BaseModel]) -> set[Any]:
    fields = [model.model_fields[name] for name in ("kind", "policy", "family") if name in model.model_fields]
    return {tag for field in fields for tag in get_args(field.annotation)}


def get_types(annotation: Any) -> Iterator[type]:
    """Yield every class that an annotation names."""
    if isinstance(annotation, type):
        yield annotation
    for each in get_args(annotation):
        yield from get_types(each)
