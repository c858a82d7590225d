"""What the processes of the UI print, passed to the terminal as text: they log names and messages from data.

Colours are left out; any other control character is shown as its code.
"""

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, TextIO

from outcross.resources.safe_text import printable

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST = 1 << 16
"""Characters of a line that are passed at once."""
_REST = 2.0
"""Seconds that what was printed last may take."""


@contextmanager
def passed_output() -> Iterator[tuple[int, int]]:
    """Yield the descriptors of a standard output and a standard error; this process writes on what they are given."""
    threads = []
    with ExitStack() as writers:
        descriptors = []
        for target in (sys.stdout, sys.stderr):
            reads, writes = os.pipe()
            writers.callback(os.close, writes)
            source = os.fdopen(reads, encoding="utf-8", errors="replace", newline="\n")
            threads.append(threading.Thread(target=_pass, args=(source, target), daemon=True))
            descriptors.append(writes)
        for thread in threads:
            thread.start()
        yield descriptors[0], descriptors[1]
    for thread in threads:
        thread.join(_REST)


def _pass(source: IO[str], target: TextIO) -> None:
    with source:
        while line := source.readline(_LONGEST):
            try:
                target.write(printable(_COLOUR.sub("", line)))
                target.flush()
            except (OSError, ValueError):  # nobody reads it any more; the processes go on
                continue
