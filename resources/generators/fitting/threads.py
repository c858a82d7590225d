# ruff: noqa: TID253 - only methods of generators import this module, so torch may load with it
"""Distribution of the replicates of a cohort over threads.

Threads that shared each small product would wait for one another. So a cohort is split into parts
(:func:`split_replicates`), each trained on a thread of its own (:func:`one_thread_each`).
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import TypeVar

import numpy as np
import torch

_Part = TypeVar("_Part")


def split_replicates(replicates: int, threads: int) -> list[slice]:
    """Return the replicates of each thread; their numbers differ by at most one."""
    edges = np.linspace(0, replicates, min(replicates, threads) + 1).round().astype(int).tolist()
    return [slice(start, stop) for start, stop in pairwise(edges)]


def parallel_parts(device: torch.device) -> int:
    """Return the number of parts to train in parallel: torch's threads on a CPU, one on a GPU."""
    return torch.get_num_threads() if device.type == "cpu" else 1


@contextmanager
def one_thread_each(parts: int) -> Iterator[Callable[[Callable[[_Part], None], Sequence[_Part]], object]]:
    """Yield a map that calls a function on every part, in parallel, each call on one thread."""
    if parts == 1:
        yield lambda function, every: function(every[0])
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(parts, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield lambda function, every: deque(pool.map(function, every), maxlen=0)
    finally:
        torch.set_num_threads(before)
