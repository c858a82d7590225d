"""The files of a study under another path: moved, copied or linked, they are the same, and nothing is stale.

These are the files of its source, of its named test sets, of its pool and of a checkpoint.
"""

from collections.abc import Iterator
from typing import Any

from outcross.assets.study.named_paths import AnyPath, NamedPath, named_paths
from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput
from outcross.resources.safe_text import all_without_secrets
from outcross.resources.store import Address, MissingArtefact, Store

SOURCE = "source"
"""Key of the anchor's provenance: the path that the files of the source had, and what identifies them."""
FILES = "files"
"""Key of the provenance of the anchor and of the pool: the same of every other key that names files."""
_SOURCE_PATH, _POOL_PATH = "source.path", "generator.path"


def files_record(study: Study) -> dict[str, Any]:
    """Return what the anchor records of a study's files: the path by which each is known, and its identity.

    Of an address with a secret, such as a token in its query, nothing is recorded.

    Raises:
        BadInput: a file cannot be read.
    """
    records = {each.place: _record(study, each) for each in named_paths(study) if _may_be_written(study, each)}
    source = {SOURCE: records.pop(_SOURCE_PATH)} if _SOURCE_PATH in records else {}
    return source | ({FILES: records} if records else {})


def pool_record(study: Study) -> dict[str, Any]:
    """Return what the pool records of its files, as :func:`files_record` does: they may change without the anchor."""
    records = {
        each.place: _record(study, each)
        for each in named_paths(study)
        if each.place == _POOL_PATH and _may_be_written(study, each)
    }
    return {FILES: records} if records else {}


def as_recorded(study: Study, store: Store) -> Study:
    """Return the study known by the paths under which its anchor was made, where the files are the same as then.

    Settings are compared by those paths, so that a store stays current when files are moved. What reads the files uses
    the paths that the study states. Where a file was made by a version that recorded nothing of it, its path counts.
    """
    recorded = _recorded(study, store)
    known: dict[str, AnyPath] = {}
    for each in named_paths(study):
        found = recorded.get(each.place)
        if found is None or found["path"] == each.path:
            continue
        try:
            if study.known_paths.get(each.place) == found["path"] or found["identity"] == each.identify():
                known[each.place] = found["path"]
        except BadInput:  # what cannot be read is told by what reads it
            continue
    return study.known_by(known) if known else study


def _recorded(study: Study, store: Store) -> dict[str, Any]:
    """Return place → what the store has recorded of its files."""
    found: dict[str, Any] = {}
    for thing in _things(study):
        try:
            provenance = store.provenance(Address(study=study.study, thing=thing))
        except MissingArtefact:
            continue
        found |= {_SOURCE_PATH: provenance[SOURCE]} if SOURCE in provenance else {}
        found |= provenance.get(FILES, {})
    return found


def _things(study: Study) -> Iterator[str]:
    """Yield the things that record files, the one that is read last at the end."""
    yield "anchor"
    if not study.generator.needs_fit:
        yield "pool"


def _record(study: Study, each: NamedPath) -> dict[str, Any]:
    return {"path": study.known_paths.get(each.place, each.path), "identity": each.identify()}


def _may_be_written(study: Study, each: NamedPath) -> bool:
    """Whether the path has no secret; where it has, files of it are known by no other path."""
    path = study.known_paths.get(each.place, each.path)
    return bool(all_without_secrets(path) == path)
