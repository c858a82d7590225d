"""Health of a generation: how much worse than generation 0 it is, and whether its share is past what is safe."""

import numpy as np
import polars as pl

from outcross.assets.artefacts import DATASET, EVALUATION, Artefacts, Slot
from outcross.assets.dataset.manifest import summarise
from outcross.assets.metrics.loss import INDEPENDENT
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.stored_verdicts import read_verdicts
from outcross.assets.study.health_bounds import GUARDS, SHARE, Guard
from outcross.assets.study.tolerance import LOSS
from outcross.assets.verdict.degradation import relative_change
from outcross.assets.verdict.dose_response import Floats
from outcross.resources.guard_engine import Vital
from outcross.resources.store import MissingArtefact


def health_vitals(slot: Slot) -> list[Vital]:
    """Measure the median over replicates of each watched metric's relative degradation since generation 0."""
    now, first, apart = _held_out(slot), _held_out(slot.at(0)), _held_out(slot.at(0), about=INDEPENDENT)
    paired = now.join(first, on=["replicate", "metric"], how="inner", suffix="_first")
    vitals = []
    for guard in GUARDS:
        if guard.vital == SHARE:
            vitals.append(_share(slot, guard))
            continue
        pairs = paired.filter(pl.col("metric") == guard.vital)
        if pairs.height:
            before, value = (pairs[name].to_numpy() for name in ("value_first", "value"))
            gain = _gain(pairs, apart) if guard.vital == LOSS else None
            worse = relative_change(before, value, ENDPOINTS[guard.vital], gain=gain)
            vitals.append(
                Vital(guard.check, guard.vital, "median", float(np.median(worse)), upper=_upper(slot.artefacts, guard))
            )
    return vitals


def _held_out(slot: Slot, *, about: str = "") -> pl.DataFrame:
    measured = slot.load(EVALUATION)
    chosen = measured.filter(pl.col("reference").is_in(["holdout", "population"]), pl.col("about") == about)
    return chosen.select("replicate", "metric", "value")


def _gain(losses: pl.DataFrame, apart: pl.DataFrame) -> Floats:
    """[replicates] what the model of real rows gains over independent columns; 1 nat where that is no measure."""
    joined = losses.select("replicate", "value_first").join(apart, on="replicate", how="left", maintain_order="left")
    gain: Floats = (joined["value"] - joined["value_first"]).to_numpy().astype(float)
    return gain if np.mean(gain) > 0 else np.ones(len(gain))


def _upper(artefacts: Artefacts, guard: Guard) -> float | None:
    bound = artefacts.study.guards.get(guard.vital)
    return bound.upper if bound else guard.upper


def _share(slot: Slot, guard: Guard) -> Vital:
    """The dataset's synthetic share against the study's own bound, else the limit decided for its primary endpoint."""
    share = summarise(slot.load(DATASET))["share"].to_numpy().max()
    upper = _upper(slot.artefacts, guard)
    return Vital(
        guard.check, SHARE, "dataset", float(share), upper=_decided_limit(slot.artefacts) if upper is None else upper
    )


def _decided_limit(artefacts: Artefacts) -> float | None:
    try:
        verdicts = read_verdicts(artefacts.store, artefacts.study.study)
    except MissingArtefact:
        return None
    return verdicts.filter("primary", "decided")["lower_95"].min()  # type: ignore[return-value]
