"""The store as a Dagster resource."""

import os
from functools import cache
from typing import ClassVar

import dagster as dg

from outcross.resources.dagster_internals import executes_in, sleep_while_waiting_for_a_pool
from outcross.resources.executing_process import process_tags
from outcross.resources.store import Store

STORE = "outcross_store"
"""The key of the resource in definitions: no project that Outcross is merged into has another of this name."""


class StoreResource(dg.ConfigurableResource):
    """The place where artefacts are stored: a path, or a URL that fsspec opens (``s3://bucket/prefix``).

    The root is that of the definitions. It is no configuration, so that whoever launches a run cannot move it.
    """

    root: ClassVar[str]

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Let the tags of a run name the process that executes it, so that its end is noticed if it is killed.

        Every run of Outcross has this resource. A process that executes a step alone is not the run's.
        """
        if context.run is None or context.instance is None:
            return
        sleep_while_waiting_for_a_pool()
        tags = process_tags()
        known = all(context.run.tags.get(name) == value for name, value in tags.items())
        if not known and executes_in(context.instance, context.run.run_id, os.getpid()):
            context.instance.add_run_tags(context.run.run_id, tags)

    def open(self) -> Store:
        """Open the store."""
        return Store(self.root)


@cache
def shared_store(root: str) -> StoreResource:
    """Return the one resource for a root: Dagster merges definitions only if they share it."""
    store: StoreResource = type("StoreResource", (StoreResource,), {"root": root, "__module__": __name__})()
    return store
