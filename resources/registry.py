"""Registries: the classes that a module imports, and the discriminated union of their settings."""

import inspect
from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, Field

Contract = TypeVar("Contract")
Settings = TypeVar("Settings", bound=BaseModel)


def kinds_in(namespace: Mapping[str, object], contract: type[Contract]) -> tuple[type[Contract], ...]:
    """Return the classes in a module's namespace that fulfil a contract, in the order of their imports.

    Args:
        namespace: ``globals()`` of the module.
        contract: an abstract class; its abstract subclasses are left out.
    """
    classes = [each for each in namespace.values() if inspect.isclass(each) and issubclass(each, contract)]
    return tuple(dict.fromkeys(each for each in classes if not inspect.isabstract(each)))


def by_tag(kinds: tuple[type[Settings], ...], tag: str) -> dict[str, type[Settings]]:
    """Return value of the field ``tag`` (``Literal["…"]``) → class."""
    return {get_args(kind.model_fields[tag].annotation)[0]: kind for kind in kinds}


def any_of(kinds: tuple[type[Settings], ...], tag: str) -> Any:
    """Return the union of these classes, discriminated by the field ``tag``; for pydantic, at run time."""
    return Annotated[reduce(or_, kinds), Field(discriminator=tag)]
