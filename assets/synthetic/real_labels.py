"""The classifier that verification asks for labels, trained on the anchor alone."""

from dataclasses import dataclass, field
from functools import cache, lru_cache

from outcross.assets.artefacts import ANCHOR, Artefacts
from outcross.assets.instruments.embedding import Embedding
from outcross.assets.instruments.probe import Probe
from outcross.assets.study.curations.contract import Classify
from outcross.resources.seeds import derive_seed


@dataclass(frozen=True)
class _Anchor:
    """The rows a classifier is trained on, compared by their digest alone."""

    digest: str
    seed: int
    artefacts: Artefacts = field(compare=False)


def real_labels(artefacts: Artefacts) -> Classify:
    """Return the labelling of rows by the classifier that the utility metrics use too.

    It is trained when first called, once per process, and needs no holdout: a study may do without one.
    """

    @cache
    def probe() -> Probe:
        digest = artefacts.store.digest(artefacts.address(ANCHOR))
        seed = derive_seed(artefacts.study.study, artefacts.study.seed, "probe")
        return _fitted(_Anchor(digest, seed, artefacts))

    return lambda rows: probe().predict_label(rows)


@lru_cache(maxsize=2)
def _fitted(anchor: _Anchor) -> Probe:
    schema = anchor.artefacts.schema
    rows = anchor.artefacts.load(anchor.artefacts.address(ANCHOR)).select(schema.names)
    return Probe(
        anchor=rows, holdout=rows.clear(), schema=schema, embedding=Embedding.fit(rows, schema), seed=anchor.seed
    )
