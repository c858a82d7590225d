"""The files of a source under another path: moved, copied or linked, they are the same source, and nothing is stale."""

import hashlib
import json
from pathlib import PurePosixPath
from typing import Any

from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput
from outcross.resources.safe_text import all_without_secrets
from outcross.resources.sources.file_source import FileSource
from outcross.resources.sources.formats import suffix_of
from outcross.resources.store import Address, MissingArtefact, Store

SOURCE = "source"
"""Key of the anchor's provenance: the path that its files had, and what identifies them."""


def source_record(study: Study) -> dict[str, Any]:
    """Return what the anchor records of its files: their path by which the study is known, and their identity.

    Of an address with a secret, such as a token in its query, nothing is recorded.

    Raises:
        BadInput: a file cannot be read.
    """
    if not isinstance(study.source, FileSource):
        return {}
    path = study.known_path or study.source.path
    if all_without_secrets(path) != path:  # it is not written down, so that files of it are known by no other path
        return {}
    return {SOURCE: {"path": path, "identity": _identity(study.source)}}


def as_recorded(study: Study, store: Store) -> Study:
    """Return the study known by the path under which its anchor was made, where its files are the same as then.

    Settings are compared by that path, so that a store stays current when files are moved. What reads them uses the
    path that the study states.
    """
    source = study.source
    if not isinstance(source, FileSource):
        return study
    try:
        recorded = store.provenance(Address(study=study.study, thing="anchor")).get(SOURCE)
        if not recorded or recorded["path"] == source.path or recorded["identity"] != _identity(source):
            return study
    except (MissingArtefact, BadInput):  # what cannot be read is told by what reads it
        return study
    return study.known_by(recorded["path"])


def _identity(source: FileSource) -> str:
    """Hash the content, and what names say of it: the format, and the columns of folders such as ``year=2026``."""
    names = [PurePosixPath(file.name) for file in source.locate_files()]
    said = [[suffix_of(name.name), *(part for part in name.parts[:-1] if "=" in part)] for name in names]
    return hashlib.sha256(json.dumps([source.content_version(), said]).encode()).hexdigest()
