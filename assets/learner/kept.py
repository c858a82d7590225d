"""The scores of each replicate's learner, kept next to the part that they will be written to."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from outcross.assets.metrics.contract import Measurement
from outcross.resources.store import Address, MissingArtefact, Store

_PREFIX = "score-"


class KeptScores:
    """The scores of one generation's replicates; a name identifies all that the learner was given."""

    def __init__(self, store: Store, address: Address) -> None:
        self._store, self._address = store, address

    def load(self, name: str) -> Sequence[Measurement] | None:
        """Read the scores of a replicate; None where they were not kept, or the file is damaged."""
        try:
            content = self._store.read_file(self._address, f"{_PREFIX}{name}.json")
            return [Measurement(**each) for each in json.loads(content)]
        except (MissingArtefact, ValueError, TypeError):
            return None

    def save(self, name: str, scores: Sequence[Measurement]) -> None:
        """Write the scores of a replicate, whole or not at all."""
        content = json.dumps([asdict(each) for each in scores]).encode()
        self._store.write_file(self._address, f"{_PREFIX}{name}.json", content)

    def remove(self) -> None:
        """Remove all of them, once the part has been written."""
        self._store.remove_files(self._address, _PREFIX)
