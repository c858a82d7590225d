"""Output of a command that could not be used: kept in the store, next to what the generation has."""

from collections.abc import Iterator
from contextlib import contextmanager

from outcross.assets.artefacts import REFUSED, Slot
from outcross.resources.commands.failure import ExternalError


@contextmanager
def keeping_refused(slot: Slot, *, prefix: str = "") -> Iterator[None]:
    """Keep output of a command that cannot be used, and name the folder in the error.

    Args:
        slot: the generation that it ran for.
        prefix: of the files' names, which begin with the replicate otherwise.
    """
    try:
        yield
    except ExternalError as failed:
        address = slot.address(REFUSED)
        name = f"{prefix}replicate-{failed.replicate}."
        for earlier in slot.artefacts.store.glob(f"{address.folder}/{name}*"):
            slot.artefacts.store.filesystem.rm_file(earlier)
        for file, content in failed.files.items():
            slot.artefacts.store.write_file(address, name + file, content)
        failed.append_message(f"kept in {slot.artefacts.store.url}/{address.folder}")
        raise
