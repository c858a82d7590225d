"""The scores of each replicate's learner, kept next to the part that they will be written to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from outcross.assets.metrics.contract import Measurement
from outcross.resources.store import Address, MissingArtefact, Store

_PREFIX = "score-"


@dataclass(frozen=True)
class Scored:
    """What one replicate's learner scored on each reference, and the log of its training and judging."""

    scores: Mapping[str, Sequence[Measurement]]
    log: str = ""


class KeptScores:
    """The scores of one generation's replicates; a name identifies all that the learner was given."""

    def __init__(self, store: Store, address: Address) -> None:
        self._store, self._address = store, address

    def load(self, name: str) -> Scored | None:
        """Read the scores of a replicate; None where they were not kept, or the file is damaged."""
        try:
            content = self._store.read_file(self._address, f"{_PREFIX}{name}.json")
            kept = json.loads(content)
            scores = {name: [Measurement(**each) for each in own] for name, own in kept["scores"].items()}
            return Scored(scores, kept["log"])
        except (MissingArtefact, ValueError, TypeError, KeyError, AttributeError):
            return None

    def save(self, name: str, scored: Scored) -> None:
        """Write the scores of a replicate, whole or not at all."""
        content = json.dumps(asdict(scored)).encode()
        self._store.write_file(self._address, f"{_PREFIX}{name}.json", content)

    def remove(self) -> None:
        """Remove all of them, once the part has been written."""
        self._store.remove_files(self._address, _PREFIX)
