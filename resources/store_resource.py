"""The store as a Dagster resource."""

import os
from functools import cache

import dagster as dg

from outcross.resources.store import Store

STORE = "outcross_store"
"""The key of the resource in definitions: no project that Outcross is merged into has another of this name."""


def default_root() -> str:
    """Return ``OUTCROSS_ROOT``, or else ``data`` in ``OUTCROSS_HOME``, or else ``.outcross/data`` in this folder."""
    home = os.environ.get("OUTCROSS_HOME", os.path.abspath(".outcross"))  # noqa: PTH100 - resolves no links
    return os.environ.get("OUTCROSS_ROOT", f"{home}/data")


class StoreResource(dg.ConfigurableResource):
    """The place where artefacts are stored: a path, or a URL that fsspec opens (``s3://bucket/prefix``)."""

    root: str

    def open(self) -> Store:
        """Open the store."""
        return Store(self.root)


@cache
def shared_store(root: str) -> StoreResource:
    """Return the one resource for a root: Dagster merges definitions only if they share it."""
    return StoreResource(root=root)
