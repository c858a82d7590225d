"""Registries: the kinds of a thing that a module imports, and the type that tells their settings apart."""

import inspect
from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, Field

Contract = TypeVar("Contract")
Settings = TypeVar("Settings", bound=BaseModel)


def kinds_in(namespace: Mapping[str, object], contract: type[Contract]) -> tuple[type[Contract], ...]:
    """The classes in a module's namespace that fulfil a contract, in the order of the lines that import them.

    Args:
        namespace: ``globals()`` of the module.
        contract: an abstract class; subclasses that are abstract themselves are left out.
    """
    classes = [each for each in namespace.values() if inspect.isclass(each) and issubclass(each, contract)]
    return tuple(dict.fromkeys(each for each in classes if not inspect.isabstract(each)))


def by_tag(kinds: tuple[type[Settings], ...], tag: str) -> dict[str, type[Settings]]:
    """Value of the field ``tag`` (``Literal["…"]``) → kind."""
    return {get_args(kind.model_fields[tag].annotation)[0]: kind for kind in kinds}


def any_of(kinds: tuple[type[Settings], ...], tag: str) -> Any:
    """The type of settings of any of these kinds, told apart by the field ``tag``; for pydantic, at run time."""
    return Annotated[reduce(or_, kinds), Field(discriminator=tag)]
