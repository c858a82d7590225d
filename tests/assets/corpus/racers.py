"""Processes that write one ledger: :func:`write`, with the arguments ``race ROOT NAME OF`` or ``kill ROOT``."""

import dataclasses
import os
import random
import signal
import sys
import time
from pathlib import Path

from outcross.assets.corpus.ledger.ledger import extend, numbers, read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import Store
from tests.assets.corpus.versions import FIRST, after

EACH = 10
KILLS = 50
PARTS = 300
"""Parts of the first version, so that a ledger's file is not tiny."""


def race(root: Path, name: str, of: int) -> None:
    """Append ten versions, once all racers are ready."""
    corpus = CorpusStore(Store(root), "adult")
    (root / f"{name}.ready").touch()
    while len(list(root.glob("*.ready"))) < of:
        time.sleep(0.001)
    for turn in range(EACH):
        extend(corpus, lambda last, turn=turn: after(last or FIRST, batch=f"{name}-{turn}"))


def kill(root: Path) -> None:
    """Let a child append, kill it at a random moment, check the versions it left, and let the next child continue.

    The moments follow the pace of the machine: a child that wrote nothing leaves the next one longer to live.
    """
    corpus = CorpusStore(Store(root), "adult")
    part = FIRST.parts[0]
    many = [dataclasses.replace(part, path=f"parts/a{each}", rows=0) for each in range(PARTS)]
    extend(corpus, lambda last: dataclasses.replace(FIRST, parts=(part, *many)))
    chance = random.Random(11)
    longest, before = 0.01, 1
    for _ in range(KILLS):
        child = os.fork()
        if child == 0:
            _append_for_ever(corpus)
        time.sleep(chance.uniform(0.0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        known = numbers(corpus)
        assert known == list(range(1, len(known) + 1))
        read_version(corpus, known[-1])
        longest *= 1.5 if len(known) == before else 0.8
        before = len(known)
    print(len(numbers(corpus)))  # noqa: T201


def _append_for_ever(corpus: CorpusStore) -> None:
    while True:
        extend(corpus, _next)


def _next(last: Version | None) -> Version:
    assert last is not None
    return after(last)


def write() -> None:
    """Do what the arguments of this process say."""
    if sys.argv[1] == "race":
        race(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        kill(Path(sys.argv[2]))
