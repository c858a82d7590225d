"""The keys of a study that name files by their path: each is known by the content of the files, not by the path."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from outcross.assets.study.lineage import SHARED
from outcross.resources.sources.file_source import FileSource

if TYPE_CHECKING:
    from outcross.assets.study.study import Study

AnyPath: TypeAlias = str | list[str]


@dataclass(frozen=True, kw_only=True)
class NamedPath:
    """A key of a study file that names files.

    Attributes:
        place: the key, such as ``source.path``, ``tests.april.path`` or ``arms.late.generator.checkpoint``.
        path: what it states.
        identify: hashes the content of the files, and what their names say of it; raises ``BadInput`` where a file
            cannot be read.
    """

    place: str
    path: AnyPath
    identify: Callable[[], str]


def named_paths(study: "Study") -> Iterator[NamedPath]:
    """Yield every key of a study that names files by their path; those of an arm only where it states another path."""
    if isinstance(study.source, FileSource):
        yield NamedPath(place="source.path", path=study.source.path, identify=study.source.identity)
    for name, files in study.tests.items():
        yield NamedPath(place=f"tests.{name}.path", path=files.path, identify=files.identity)
    found = set[str]()
    for lineage in (SHARED, *study.lineages):
        generator = study.generator_of(lineage)
        for key, identify in generator.named_files().items():
            if (place := _of_generator(study, lineage, key)) not in found:
                found.add(place)
                yield NamedPath(place=place, path=getattr(generator, key), identify=identify)


def put_known(study: "Study", lineage: str, settings: dict[str, Any], known: Mapping[str, AnyPath]) -> None:
    """Put known paths in the place of the stated ones into the settings that affect a lineage.

    Args:
        study: the study.
        lineage: the lineage.
        settings: ``source``, ``generator`` and, if there are any, ``tests``; they are changed.
        known: place → the path by which its files are known.
    """
    if "source.path" in known:
        settings["source"]["path"] = known["source.path"]
    for name, files in settings.get("tests", {}).items():
        files["path"] = known.get(f"tests.{name}.path", files["path"])
    for key in study.generator_of(lineage).named_files():
        if (place := _of_generator(study, lineage, key)) in known:
            settings["generator"][key] = known[place]


def _of_generator(study: "Study", lineage: str, key: str) -> str:
    """Return the place of a key of a lineage's generator: the study's, unless the arm states another value."""
    if lineage == SHARED or getattr(study.generator_of(lineage), key) == getattr(study.generator, key):
        return f"generator.{key}"
    return f"arms.{study.lineages[lineage].arm}.generator.{key}"
