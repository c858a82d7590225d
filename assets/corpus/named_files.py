"""The files that a version of a ledger rests on beside its parts, and the rules that it was made under.

A version names each by its path and its sha256, so that an audit finds whoever changes one afterwards.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.files import RULES
from outcross.assets.corpus.ledger.records import FileRef
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.safe_text import all_without_secrets

_NO_RULES = {"anchor", "inbox", "webhook", "owners", "description"}
"""Settings that decide nothing about a row: where files are, whom to tell; the anchor has its own file."""


def name_files(files: CorpusStore, paths: Iterable[str]) -> tuple[FileRef, ...]:
    """Name files by what they hold now.

    Raises:
        MissingArtefact: one is not there.
    """
    return tuple(FileRef(path=path, sha256=files.digest(path)) for path in paths)


def name_rules(files: CorpusStore, settings: Corpus) -> FileRef:
    """Store the settings that rows are judged by, once for each wording, and name their file."""
    return _put(files, RULES, all_without_secrets(settings.model_dump(mode="json", exclude=_NO_RULES)))


def name_claims(files: CorpusStore, batch: str, claims: Mapping[str, Any]) -> tuple[FileRef, ...]:
    """Store what was claimed of a batch beside its provenance file, and name that; nothing where nothing was."""
    stated = {name: value for name, value in sorted(claims.items()) if value is not None}
    return (_put(files, claims_prefix(batch), stated),) if stated else ()


def claims_prefix(batch: str) -> str:
    """Return how the path of a batch's claims begins."""
    return f"batches/{batch}/claims"


def _put(files: CorpusStore, prefix: str, content: Mapping[str, Any]) -> FileRef:
    """Write a JSON file named by its content; equal contents are one file."""
    encoded = json.dumps(content, indent=1, sort_keys=True).encode()
    sha256 = hashlib.sha256(encoded).hexdigest()
    path = f"{prefix}-{sha256[:16]}.json"
    if not files.exists(path) or files.digest(path) != sha256:
        files.put(path, encoded)
    return FileRef(path=path, sha256=sha256)
