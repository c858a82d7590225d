# ruff: noqa: TID253 - only methods of generators import this module, so torch may load with it
"""How the replicates of a cohort are shared out among threads.

Threads that shared each small product would wait for one another. So a cohort is cut into parts (:func:`shared_out`),
each trained by itself on one thread (:func:`one_thread_each`).
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


def shared_out(replicates: int, threads: int) -> list[slice]:
    """Return which replicates each thread trains: as many as the others, or one more."""
    edges = np.linspace(0, replicates, min(replicates, threads) + 1).round().astype(int).tolist()
    return [slice(start, stop) for start, stop in pairwise(edges)]


def threads_of(device: torch.device) -> int:
    """Return how many parts can be trained side by side: the threads of a processor; on a GPU, one."""
    return torch.get_num_threads() if device.type == "cpu" else 1


@contextmanager
def one_thread_each(parts: int) -> Iterator[Callable[[Callable[[_Part], None], Sequence[_Part]], object]]:
    """Yield what calls a function with each part, several at a time where there are several, each on one thread."""
    if parts == 1:
        yield lambda function, all_of_them: function(all_of_them[0])
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(parts, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield lambda function, all_of_them: deque(pool.map(function, all_of_them), maxlen=0)
    finally:
        torch.set_num_threads(before)
