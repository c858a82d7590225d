"""Importing a large library in less time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Import within this block: Python's collector of cycles waits for its end.

    A large library makes millions of objects that stay. The collector would look through them again and again: a
    quarter of the time of Great Expectations, and almost half of torch's.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
