"""Results of a finished study that a run under other settings would replace."""

import json

from outcross.assets.artefacts import ANCHOR, VERDICT, Artefacts
from outcross.assets.study.lineage import SHARED
from outcross.resources.errors import BadInput
from outcross.resources.safe_text import all_without_secrets
from outcross.resources.store import MissingArtefact

_RELEASES = ("generator_version", "learner_version")
"""Settings that an upgrade changes, and no person."""


def refuse_replacing(artefacts: Artefacts) -> None:
    """Refuse to run a study whose verdict in the store was reached under settings that shape every generation.

    Arms, ladders, endpoints and the number of generations may change: they replace nothing else.

    Raises:
        BadInput: the run would replace finished results; the message names what has changed, and two remedies.
    """
    try:
        artefacts.store.provenance(artefacts.address(VERDICT))
        stored = artefacts.store.provenance(artefacts.address(ANCHOR)).get("settings")
    except MissingArtefact:
        return
    if stored is None:  # an earlier version made it
        return
    now = all_without_secrets(artefacts.known_study.affecting(SHARED))
    changed = [key for key in {**stored, **now} if key not in _RELEASES and stored.get(key) != now.get(key)]
    if not changed:
        return
    study = artefacts.study.study
    told = ", ".join(f"{key} {_short(stored.get(key))}, now {_short(now.get(key))}" for key in sorted(changed))
    raise BadInput(
        f"study '{study}' has finished results under other settings ({told}), which this run would replace; give the "
        f"changed study another name to keep both ('study: {study}-2'), or add --replace"
    )


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
