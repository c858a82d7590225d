"""The guards of a corpus, by name. To add one, add it to the file of its subject in :mod:`.catalogue`.

A corpus changes a guard in its file, see :mod:`outcross.assets.corpus.guards.bounds`.
"""

from collections.abc import Iterable, Mapping

from outcross.assets.corpus.guards.catalogue.accumulated import ACCUMULATED
from outcross.assets.corpus.guards.catalogue.columns import COLUMNS
from outcross.assets.corpus.guards.catalogue.expectations import EXPECTATIONS
from outcross.assets.corpus.guards.catalogue.people import PEOPLE
from outcross.assets.corpus.guards.catalogue.pictures import PICTURES
from outcross.assets.corpus.guards.catalogue.provenance import PROVENANCE
from outcross.assets.corpus.guards.catalogue.rows import ROWS
from outcross.assets.corpus.guards.catalogue.shares import SHARES
from outcross.assets.corpus.guards.catalogue.texts import TEXTS
from outcross.assets.corpus.guards.guard import Guard
from outcross.resources.did_you_mean import did_you_mean

PICTURE_GUARDS = tuple(guard.name for guard in PICTURES)
"""Guards that only pictures are held to."""
TEXT_GUARDS = tuple(guard.name for guard in TEXTS)
"""Guards that only texts are held to."""
GUARDS: Mapping[str, Guard] = {
    guard.name: guard
    for guard in (
        *ROWS,
        *PROVENANCE,
        *COLUMNS,
        *PEOPLE,
        *TEXTS,
        *PICTURES,
        *SHARES,
        *EXPECTATIONS,
        *ACCUMULATED.values(),
    )
}


def check_names(settings: Iterable[str]) -> None:
    """Raise ValueError for a guard that does not exist."""
    for name in settings:
        if name not in GUARDS:
            raise ValueError(f"'{name}' is not a guard{did_you_mean(name, GUARDS)}; choose from {', '.join(GUARDS)}")
