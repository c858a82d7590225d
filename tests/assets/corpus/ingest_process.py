"""Ingest files in a process of its own, which may be killed at any moment.

The libraries are imported once, in a server that forks each process: to start fifty interpreters would take minutes.
"""

import multiprocessing
import multiprocessing.process
from pathlib import Path

import polars  # noqa: F401 - loaded once, before the forks
import sklearn.ensemble  # noqa: F401, TID253

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Request
from outcross.assets.corpus.open_corpus import open_corpus
from outcross.resources.store import Store

AT = "2026-01-01T12:00:00+00:00"
CLAIMS = {"origin": "real", "licence": "CC0-1.0", "consent": "survey"}


def ingest_all(settings: str, root: str, files: list[str]) -> None:
    """Ingest these files in order."""
    corpus = open_corpus(Corpus.model_validate_json(settings), Store(root), by="test", at=AT)
    for file in files:
        ingest(corpus, Path(file), Request(claims=CLAIMS, by="test", at=AT))


def start_ingests(settings: str, root: Path, files: list[Path]) -> multiprocessing.process.BaseProcess:
    """Start a process that ingests files, and return it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=ingest_all, args=(settings, str(root), [str(file) for file in files]))
    process.start()
    return process
