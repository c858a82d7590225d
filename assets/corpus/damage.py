"""Damage to a corpus by its name: whatever a library says of a file it cannot read, the user is told which it is."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import polars as pl

from outcross.assets.corpus.files import ABOUT, HOLDOUT, PROFILE
from outcross.assets.corpus.ledger.custody import Erasures
from outcross.assets.corpus.ledger.ledger import numbers, read_version, version_path
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.ledger.version_checks import list_parts
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import RESTORE, Damaged, OutcrossError
from outcross.resources.store import MissingArtefact
from outcross.resources.system_faults import refuse_to_blame

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
_Step = Callable[Concatenate[OpenCorpus, Arguments], Result]


def names_damage(step: "_Step[Arguments, Result]") -> "_Step[Arguments, Result]":
    """Let a step that reads a corpus raise :class:`Damaged`, with the file, where a library fails on a damaged one.

    Where no file is damaged, what was raised is a fault of the step, and is raised as it is.
    """

    @wraps(step)
    def guarded(corpus: OpenCorpus, /, *args: Arguments.args, **keywords: Arguments.kwargs) -> Result:
        try:
            return step(corpus, *args, **keywords)
        except OutcrossError:
            raise
        except (Exception, pl.exceptions.PanicException) as error:
            damaged = find_damage(corpus)
            if damaged is None:
                raise
            raise damaged from error

    return guarded


def find_damage(corpus: OpenCorpus) -> Damaged | None:
    """Find a file of a corpus that is missing, or has other bytes than the version that wrote it says; None if none is.

    The newest version's parts are read first: it names all that a step reads.
    """
    try:
        versions = [read_version(corpus.files, number) for number in reversed(numbers(corpus.files))]
        for path in (ABOUT, PROFILE, HOLDOUT):
            if not corpus.files.exists(path):
                return _missing(corpus.files, path)
        _ = corpus.schema, corpus.profile, corpus.holdout, corpus.rows
    except Damaged as error:
        return error
    seen, erasures = set[str](), Erasures(versions[0].erased if versions else ())
    for version in versions:
        for path, sha256 in _named(version):
            now = erasures.expect(path, sha256)
            if path not in seen and now is not None:
                found = _find_fault(corpus.files, path, {sha256, now}, version.number)
                if found is not None:
                    return found
            seen.add(path)
    return None


def _named(version: Version) -> list[tuple[str, str]]:
    named = [(part.path, part.sha256) for part in list_parts(version)]
    named += [(each.path, each.sha256) for each in version.files]
    if version.parent is not None and version.parent_sha256 is not None:
        named.append((version_path(version.parent), version.parent_sha256))
    return named


def _find_fault(files: CorpusStore, path: str, known: set[str], number: int) -> Damaged | None:
    try:
        lies = files.digest(path)
    except (MissingArtefact, OSError) as error:
        refuse_to_blame(error)
        return _missing(files, path)
    if lies in known:
        return None
    return Damaged(files.location(path), f"has other bytes than version {number} wrote", RESTORE)


def _missing(files: CorpusStore, path: str) -> Damaged:
    return Damaged(files.location(path), "is missing", RESTORE)
