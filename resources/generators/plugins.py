"""Generators that other packages offer, through the entry-point group ``outcross.generators``.

The entry point's name is the kind, its value a :class:`~outcross.resources.generators.contract.Generator` subclass::

    [project.entry-points."outcross.generators"]
    forest = "our_package.forest:Forest"

Nothing of a package is imported before a study names its kind.
"""

import inspect
from importlib.metadata import EntryPoint, entry_points
from typing import Any, get_args

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Generator

GROUP = "outcross.generators"


def installed_kinds() -> list[str]:
    """Kinds that installed packages offer, sorted."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def load_plugin(kind: str) -> tuple[type[Generator], str]:
    """Import the generator of an installed kind.

    Returns its class, and the name and version of the distribution that it came in.

    Raises:
        BadInput: none or several distributions offer the kind, it cannot be imported, or it is no generator of it.
    """
    points = list(entry_points(group=GROUP, name=kind))
    if len(points) != 1:
        offered = " and ".join(sorted(distribution(point) for point in points)) or "no installed distribution"
        raise BadInput(f"generator '{kind}' is offered by {offered}; exactly one has to, so install or remove some")
    (point,) = points
    where = f"generator '{kind}' of {distribution(point)}"
    try:
        found = point.load()
    except Exception as error:  # whatever a package of somebody else's raises
        raise BadInput(
            f"{where} cannot be imported ({type(error).__name__}: {error}); install what it needs, or remove it"
        ) from error
    _refuse_other(found, kind, f"{where} ('{point.value}')")
    return found, distribution(point)


def distribution(point: EntryPoint) -> str:
    """Name and version of the distribution that an entry point came in."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unnamed distribution"


def _refuse_other(found: Any, kind: str, where: str) -> None:
    if not (inspect.isclass(found) and issubclass(found, Generator)):
        raise BadInput(f"{where} is no subclass of outcross.resources.generators.contract.Generator; name one")
    if lacking := sorted(found.__abstractmethods__) + [
        name for name in ("modalities", "version") if not hasattr(found, name)
    ]:
        raise BadInput(f"{where} does not define {', '.join(lacking)}; add it")
    field = found.model_fields["kind"]
    kinds = get_args(field.annotation) or (field.default,)
    if kinds != (kind,):
        raise BadInput(
            f'{where} is of another kind than its entry point says; write \'kind: Literal["{kind}"] = "{kind}"\' '
            "in it, or rename the entry point"
        )
