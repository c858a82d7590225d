"""How many threads a step computes on.

One, unless ``OUTCROSS_THREADS`` says otherwise: lineages run side by side in processes of their own, which uses the
cores better than small matrices spread over threads do, and a fixed number gives the same bytes in every run.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from outcross.resources.errors import BadInput
from outcross.resources.import_time import without_collection

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


def thread_count() -> int:
    """Threads a step may use.

    Raises:
        BadInput: ``OUTCROSS_THREADS`` is no positive number.
    """
    value = os.environ.get("OUTCROSS_THREADS", "1")
    if not value.isdigit() or int(value) < 1:
        raise BadInput(f"OUTCROSS_THREADS is '{value}': set it to a number of threads, 1 or more, or unset it")
    return int(value)


@contextmanager
def bounded_threads() -> Iterator[None]:
    """Hold torch and the linear algebra libraries to :func:`thread_count` threads."""
    with without_collection():
        import torch

    threads, before = thread_count(), torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with bounded_linear_algebra():
            yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def bounded_linear_algebra() -> Iterator[None]:
    """Hold the linear algebra libraries to :func:`thread_count` threads, for what need not import torch."""
    with _controller(len(sys.modules)).limit(limits=thread_count()):
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """Fit trees with one thread: as fast for a few thousand rows, and the bytes are the same on every machine."""
    import sklearn.ensemble  # noqa: F401 - before the limit, which applies only to libraries that are loaded

    with _controller(len(sys.modules)).limit(limits=1):
        yield


@lru_cache(maxsize=1)
def _controller(modules: int) -> "ThreadpoolController":
    """Find the linear algebra libraries in this process: again after an import, which may have loaded another."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
