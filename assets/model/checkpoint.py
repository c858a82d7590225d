"""The checkpoint of a fit, stored next to the model that the fit will write."""

import hashlib
import json
from collections.abc import Iterable

from outcross.assets.artefacts import Artefacts
from outcross.assets.study.lineage import SHARED
from outcross.resources.generators.contract import Tensors
from outcross.resources.store import Address, MissingArtefact

_PREFIX = "checkpoint-"


class StoredCheckpoint:
    """The checkpoint of one fit. Its file name identifies the fit, so that no other fit resumes from it."""

    def __init__(self, artefacts: Artefacts, address: Address, inputs: Iterable[Address]) -> None:
        self._store, self._address = artefacts.store, address
        fit = {
            "fingerprint": artefacts.known_study.fingerprint(address.lineage or SHARED),
            "inputs": [artefacts.store.digest(each) for each in inputs],
        }
        self._name = f"{_PREFIX}{hashlib.sha256(json.dumps(fit).encode()).hexdigest()[:16]}.safetensors"

    def load(self) -> Tensors | None:
        """Read the state that was saved last, if any."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            return load(self._store.read_file(self._address, self._name))
        except (MissingArtefact, SafetensorError):
            return None

    def save(self, tensors: Tensors) -> None:
        """Write the state in place of an earlier one, whole or not at all."""
        from safetensors.numpy import save

        self._store.write_file(self._address, self._name, save(tensors))

    def remove(self) -> None:
        """Remove it and what earlier fits of this model left, once the model has been written."""
        self._store.remove_files(self._address, _PREFIX)
