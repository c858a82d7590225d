"""Generators that other packages offer, through the entry-point group ``outcross.generators``.

The entry point's name is the kind, its value a :class:`~outcross.resources.generators.contract.Generator` subclass::

    [project.entry-points."outcross.generators"]
    forest = "our_package.forest:Forest"

A package is imported only when a study names its kind.
"""

import inspect
from importlib.metadata import EntryPoint, entry_points
from typing import Any, get_args

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Generator

GROUP = "outcross.generators"


def installed_kinds() -> list[str]:
    """List the kinds that installed packages offer, sorted."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def load_plugin(kind: str) -> tuple[type[Generator], str]:
    """Import the generator of an installed kind.

    Returns its class, and the name and version of its distribution.

    Raises:
        BadInput: no distribution or several offer the kind, the import fails, or the object is not a generator of that
            kind.
    """
    points = list(entry_points(group=GROUP, name=kind))
    if len(points) != 1:
        offered = " and ".join(sorted(distribution(point) for point in points)) or "no installed distribution"
        raise BadInput(f"generator '{kind}' is offered by {offered}; install exactly one package that provides it")
    (point,) = points
    where = f"generator '{kind}' of {distribution(point)}"
    try:
        loaded = point.load()
    except Exception as error:  # a third-party package may raise anything
        raise BadInput(
            f"{where} cannot be imported ({type(error).__name__}: {error}); install its dependencies, or "
            "uninstall the package"
        ) from error
    _check_class(loaded, kind, f"{where} ('{point.value}')")
    return loaded, distribution(point)


def distribution(point: EntryPoint) -> str:
    """Format the name and version of the distribution of an entry point."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unnamed distribution"


def _check_class(found: Any, kind: str, where: str) -> None:
    if not (inspect.isclass(found) and issubclass(found, Generator)):
        raise BadInput(
            f"{where} is not a subclass of outcross.resources.generators.contract.Generator; correct the entry point"
        )
    if lacking := sorted(found.__abstractmethods__) + [
        name for name in ("modalities", "version") if not hasattr(found, name)
    ]:
        raise BadInput(f"{where} does not define {', '.join(lacking)}; define it")
    field = found.model_fields["kind"]
    kinds = get_args(field.annotation) or (field.default,)
    if kinds != (kind,):
        raise BadInput(
            f'{where} has another kind than its entry point; write \'kind: Literal["{kind}"] = "{kind}"\' '
            "in the class, or rename the entry point"
        )
