"""Settings that other packages offer through an entry-point group: generators (``outcross.generators``) and learners.

The entry point's name is the kind, its value a subclass of the contract::

    [project.entry-points."outcross.generators"]
    forest = "our_package.forest:Forest"

A package is imported only when a study names its kind.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, ValidationInfo
from pydantic_core import PydanticCustomError, PydanticKnownError

from outcross.resources.errors import BadInput

Contract = TypeVar("Contract", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class PluginGroup(Generic[Contract]):
    """The kinds of one contract: those that come along, and those that installed packages offer.

    Attributes:
        group: name of the entry-point group.
        noun: what one of them is, in messages.
        contract: the class that a plug-in's class derives from.
        required: class variables without a default that it has to define.
        built_in: kind → settings class of those that come along.
        adapter: validates the settings of one of those.
    """

    group: str
    noun: str
    contract: type[Contract]
    required: tuple[str, ...]
    built_in: Mapping[str, type[Contract]]
    adapter: TypeAdapter[Contract]

    def validate(self, value: Any, info: ValidationInfo) -> Contract:
        """Validate settings of a built-in kind, or else of a kind that an installed package offers."""
        kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
        if not isinstance(kind, str) or kind in self.built_in:
            return self.adapter.validate_python(value, context=info.context)
        installed = self.installed_kinds()
        if kind not in installed:
            known = ", ".join(f"'{each}'" for each in dict.fromkeys([*self.built_in, *installed]))
            raise PydanticKnownError(
                "union_tag_invalid", {"discriminator": "'kind'", "tag": kind, "expected_tags": known}
            ) from None
        try:
            found, distribution = self.load(kind)
        except BadInput as error:
            raise PydanticCustomError("plugin", "{reason}", {"reason": str(error)}) from None
        settings = found.model_validate(value, context=info.context)
        settings._distribution = distribution  # type: ignore[attr-defined]
        return settings

    def installed_kinds(self) -> list[str]:
        """List the kinds that installed packages offer, sorted."""
        return installed(self.group)

    def load(self, kind: str) -> tuple[type[Contract], str]:
        """Import the class of an installed kind.

        Returns the class, and the name and version of its distribution.

        Raises:
            BadInput: no distribution or several offer the kind, the import fails, or the object does not fulfil the
                contract under that kind.
        """
        point, loaded = load_entry_point(self.group, kind, noun=self.noun)
        self._check_class(loaded, kind, f"{self.noun} '{kind}' of {distribution(point)} ('{point.value}')")
        return loaded, distribution(point)

    def _check_class(self, found: Any, kind: str, where: str) -> None:
        if not (inspect.isclass(found) and issubclass(found, self.contract)):
            raise BadInput(
                f"{where} is not a subclass of {self.contract.__module__}.{self.contract.__qualname__}; correct the "
                "entry point"
            )
        abstract = sorted(getattr(found, "__abstractmethods__", ()))
        if lacking := abstract + [name for name in self.required if not hasattr(found, name)]:
            raise BadInput(f"{where} does not define {', '.join(lacking)}; define it")
        field = found.model_fields["kind"]
        kinds = get_args(field.annotation) or (field.default,)
        if kinds != (kind,):
            raise BadInput(
                f'{where} has another kind than its entry point; write \'kind: Literal["{kind}"] = "{kind}"\' '
                "in the class, or rename the entry point"
            )


def installed(group: str) -> list[str]:
    """List the names that installed packages offer in a group of entry points, sorted."""
    return sorted({point.name for point in entry_points(group=group)})


def load_entry_point(group: str, name: str, *, noun: str) -> tuple[EntryPoint, Any]:
    """Import what an installed package offers; return its entry point and the object.

    Args:
        group: of the entry points.
        name: of the entry point.
        noun: what it is, for messages.

    Raises:
        BadInput: no distribution or several offer it, or the import fails.
    """
    points = list(entry_points(group=group, name=name))
    if len(points) != 1:
        offered = " and ".join(sorted(distribution(point) for point in points)) or "no installed distribution"
        raise BadInput(f"{noun} '{name}' is offered by {offered}; install exactly one package that provides it")
    (point,) = points
    try:
        return point, point.load()
    except Exception as error:  # a third-party package may raise anything
        raise BadInput(
            f"{noun} '{name}' of {distribution(point)} cannot be imported ({type(error).__name__}: {error}); install "
            "its dependencies, or uninstall the package"
        ) from error


def distribution(point: EntryPoint) -> str:
    """Format the name and version of the distribution of an entry point."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unnamed distribution"
