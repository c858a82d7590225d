"""The probe of a study, fitted once per process."""

from dataclasses import dataclass, field
from functools import lru_cache

from outcross.assets.artefacts import ANCHOR, HOLDOUT, Artefacts
from outcross.assets.instruments.probe import Probe, build_probe
from outcross.resources import seeds
from outcross.resources.compute import bounded_threads


@dataclass(frozen=True)
class _Rows:
    """Cache key of a probe: the digests of its rows and its seed; ``artefacts``, which read them, are not compared."""

    anchor: str
    holdout: str
    seed: int
    artefacts: Artefacts = field(compare=False)


def load_probe(artefacts: Artefacts) -> Probe:
    """Fit the probe, or return the one that this process fitted to the same rows before."""
    anchor, holdout = (artefacts.store.digest(artefacts.address(thing)) for thing in (ANCHOR, HOLDOUT))
    seed = seeds.derive_seed(artefacts.study.study, artefacts.study.seed, "probe")
    return _fit(_Rows(anchor, holdout, seed, artefacts))


@lru_cache(maxsize=2)
def _fit(rows: _Rows) -> Probe:
    artefacts = rows.artefacts
    schema = artefacts.schema
    with bounded_threads():
        return build_probe(
            artefacts.load(artefacts.address(ANCHOR)).select(schema.names),
            artefacts.load(artefacts.address(HOLDOUT)).select(schema.names),
            schema,
            seed=rows.seed,
        )
