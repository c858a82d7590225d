"""The keys that fingerprints record, written for classes of settings that are new: ``python -m tests.first_keys``."""

import json
from collections.abc import Iterator
from inspect import isabstract

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.provenance import Provenance
from outcross.assets.study.recorded_keys import FIRST_KEYS
from outcross.assets.study.study import Study
from outcross.resources.settings import Settings

_OURS = ("outcross.assets.", "outcross.resources.")
"""Where settings that a fingerprint records are defined; components of Dagster and plug-ins of tests are others."""


def settings_classes() -> dict[str, type[Settings]]:
    """Return name → class, for every class of settings of the project."""
    assert Study and Corpus and Provenance, "their modules import every other"
    every = {each for each in _below(Settings) if each.__module__.startswith(_OURS) and not isabstract(each)}
    found = {each.__name__: each for each in sorted(every, key=lambda each: each.__name__)}
    assert len(found) == len(every), "a fingerprint knows a class by its name"
    return found


def _below(model: type[Settings]) -> Iterator[type[Settings]]:
    for each in model.__subclasses__():
        yield each
        yield from _below(each)


if __name__ == "__main__":
    there = json.loads(FIRST_KEYS.read_text(encoding="utf-8")) if FIRST_KEYS.exists() else {}
    new = {name: sorted(each.model_fields) for name, each in settings_classes().items()}
    FIRST_KEYS.write_text(json.dumps(dict(sorted((new | there).items())), indent=1) + "\n", encoding="utf-8")
