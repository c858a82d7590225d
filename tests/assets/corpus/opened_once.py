"""Corpora that are started once in a process, and copied: to fit a profile anew in each test shows nothing more."""

import atexit
import os
import re
import shutil
from functools import cache
from pathlib import Path
from tempfile import gettempdir, mkdtemp

import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.resources.remnants import hold, remove_remnants
from outcross.resources.store import Store

_PREFIX = "outcross-opened-"


@cache
def kept() -> Path:
    """Where anchors and started corpora are kept; the process that made it removes it, and none forked from that.

    Those of killed processes are removed by a later one.
    """
    remove_remnants(gettempdir(), name=re.compile(rf"{_PREFIX}\w{{8}}"))
    folder, owner = Path(mkdtemp(prefix=_PREFIX)), os.getpid()
    hold(os.open(folder, os.O_RDONLY))
    atexit.register(lambda: shutil.rmtree(folder) if os.getpid() == owner else None)
    return folder


def shared_anchor(name: str, rows: pl.DataFrame) -> Path:
    """Write an anchor where every corpus of this process finds it: a corpus knows its anchor by the path."""
    path = kept() / f"{name}.parquet"
    if not path.exists():
        rows.write_parquet(path)
    return path


def open_once(settings: Corpus, store: Store, *, by: str, at: str) -> OpenCorpus:
    """Open a corpus; where it is new, copy one that was started by the same settings, person and time."""
    if store.is_local and not (Path(store.path) / "corpora" / settings.corpus).exists():
        shutil.copytree(_start(settings.model_dump_json(), by, at), store.path, dirs_exist_ok=True)
    return open_corpus(settings, store, by=by, at=at)


@cache
def _start(settings: str, by: str, at: str) -> Path:
    folder = Path(mkdtemp(dir=kept()))
    open_corpus(Corpus.model_validate_json(settings), Store(folder), by=by, at=at)
    return folder
