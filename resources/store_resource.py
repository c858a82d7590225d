"""The store as a Dagster resource."""

import os

import dagster as dg

from outcross.resources.store import Store


def default_root() -> str:
    """Return ``OUTCROSS_ROOT``, else ``data`` below ``OUTCROSS_HOME``, else ``.outcross/data`` of this folder."""
    home = os.environ.get("OUTCROSS_HOME", os.path.abspath(".outcross"))  # noqa: PTH100 - resolves no links
    return os.environ.get("OUTCROSS_ROOT", f"{home}/data")


class StoreResource(dg.ConfigurableResource):
    """Where artefacts live: a path, or a URL that fsspec opens (``s3://bucket/prefix``)."""

    root: str

    def open(self) -> Store:
        """Open the store."""
        return Store(self.root)
