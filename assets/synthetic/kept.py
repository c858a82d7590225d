"""The rows of runs of an external generator, kept next to the part that they will be written to."""

from outcross.resources.store import Address, MissingArtefact, Store

_PREFIX = "run-"


class StoredRuns:
    """The rows of each run of one generation; a name identifies all that the run was given."""

    def __init__(self, store: Store, address: Address) -> None:
        self._store, self._address = store, address

    def load(self, name: str) -> bytes | None:
        """Read the rows of a run, if they were kept."""
        try:
            return self._store.read_file(self._address, f"{_PREFIX}{name}.parquet")
        except MissingArtefact:
            return None

    def save(self, name: str, content: bytes) -> None:
        """Write the rows of a run, whole or not at all."""
        self._store.write_file(self._address, f"{_PREFIX}{name}.parquet", content)

    def remove(self) -> None:
        """Remove all of them, once the part has been written."""
        self._store.remove_files(self._address, _PREFIX)
