"""Processes that decide on rows in quarantine: :func:`decide`, with the arguments of the process.

``race FOLDER BATCH NAME OF FIRST`` releases three rows, one at a time, once all processes are ready;
``die FOLDER BATCH WRITE`` and ``trim FOLDER - WRITE`` are killed at that write.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outcross.assets.corpus.quarantine.quarantine import release
from outcross.assets.corpus.trim.trim import apply, plan
from tests.assets.corpus.people import AT, reopen

EACH = 3


def race(folder: Path, batch: str, name: str, of: int, first: int) -> None:
    corpus = reopen(folder)
    (folder / f"{name}.ready").touch()
    while len(list(folder.glob("*.ready"))) < of:
        time.sleep(0.001)
    for position in range(first, first + EACH):
        release(corpus, batch, positions=[position], reason=name, by=name, at=AT)


def die_at(write: int) -> None:
    """Kill this process at a write, numbered from 1; the writes are the moves and links that publish files."""
    left = [write]

    def dying(move: Callable[..., Any]) -> Callable[..., Any]:
        def moved(*words: Any, **named: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return move(*words, **named)

        return moved

    os.replace, os.link = dying(os.replace), dying(os.link)


def decide() -> None:
    """Do what the arguments of this process say."""
    if sys.argv[1] == "race":
        race(Path(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]), int(sys.argv[6]))
    else:
        found = reopen(Path(sys.argv[2]))
        die_at(int(sys.argv[4]))
        if sys.argv[1] == "die":
            release(found, sys.argv[3], positions=None, reason="late", by="test", at=AT)
        else:
            apply(found, plan(found, share=0.1), reason="late", by="test", at=AT)
