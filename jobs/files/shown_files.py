"""Which of the known studies and corpora the UI shows: one's own, and of those shipped the ones that were used."""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from outcross.jobs.files.corpus_files import CORPORA
from outcross.jobs.files.known_files import KnownFiles
from outcross.jobs.files.study_files import STUDIES
from outcross.resources.corpus_store import FOLDER
from outcross.resources.store import Store

SHIPPED_VARIABLE = "OUTCROSS_SHIPPED"
"""The environment variable that has every shipped study and corpus shown: ``all``."""
FIRST = "digits"
"""The study that is shown where there is no other."""


def shown(known: KnownFiles, store: Store) -> KnownFiles:
    """Leave out the shipped studies and corpora that nobody has used, unless the variable asks for all.

    A shipped one was used where the store has something of it. The studies that a corpus takes its bound from, or
    compares batches with, are shown with it. Where that leaves nothing, the default study is shown. Of a store in a
    network nothing is asked, since definitions load without one: there all are shown.
    """
    if os.environ.get(SHIPPED_VARIABLE) == "all" or not store.is_local:
        return known
    own = {name for name, path in known.paths.items() if not _is_shipped(path)}
    corpora = [
        each for each in known.corpora if f"corpus/{each.corpus}" in own or _has_any(store, f"{FOLDER}/{each.corpus}")
    ]
    needed = {name for each in corpora for name in (each.bound.study, *each.known)}
    studies = [
        each
        for each in known.studies
        if f"study/{each.study}" in own
        or each.study in needed
        or any(_has_any(store, size.study) for size in each.sizes)
    ]
    if not (studies or corpora):
        studies = [each for each in known.studies if each.study == FIRST]
    return replace(known, studies=studies, corpora=corpora)


def left_out(known: KnownFiles, seen: KnownFiles) -> list[str]:
    """Return the names of the studies and corpora that are known and not shown."""

    def names(files: KnownFiles) -> Iterable[str]:
        return [*(each.study for each in files.studies), *(each.corpus for each in files.corpora)]

    return [name for name in dict.fromkeys(names(known)) if name not in set(names(seen))]


def _is_shipped(path: Path) -> bool:
    return path.parent in {STUDIES.shipped_folder.resolve(), CORPORA.shipped_folder.resolve()}


def _has_any(store: Store, folder: str) -> bool:
    """Whether the store has something below a folder."""
    return bool(store.filesystem.exists(f"{store.path}/{folder}"))
