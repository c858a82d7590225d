"""Generate the synthetic rows of a generation, curate them where the arm says so, and sign each one."""

import polars as pl

from outcross.assets.artefacts import ANCHOR, DATASET, MODEL, SYNTHETIC, Made, Slot
from outcross.assets.model.make import load_model
from outcross.assets.pictures import picture
from outcross.assets.pool.make import pool_inputs
from outcross.assets.refused import keeping_refused
from outcross.assets.synthetic.curate import curate
from outcross.assets.synthetic.exhibit import make_exhibit
from outcross.assets.synthetic.kept import StoredRuns
from outcross.assets.synthetic.real_labels import real_labels
from outcross.resources.compute import bounded_threads
from outcross.resources.generators.contract import CohortModel
from outcross.resources.rounding import round_samples
from outcross.resources.safe_text import all_without_secrets
from outcross.resources.typed_rows import to_typed

SIGNATURE: dict[str, pl.DataType] = {
    "replicate": pl.Int32(),
    "row": pl.Int64(),
    "row_id": pl.String(),
    "depth": pl.Int32(),
}
"""Columns of the part before those of the source."""
LOG_LENGTH = 4_096
"""Characters of a replicate's log that are kept with its rows."""


def make_synthetic(slot: Slot) -> Made:
    """Sample every replicate's model and write its rows, each with the depth and the model it comes from."""
    study, model, schema = slot.study, slot.address(MODEL), slot.artefacts.schema
    count = study.synthetic_rows(slot.lineage, slot.artefacts.rows)
    sample_seeds = {replicate: slot.seed(replicate, "sample") for replicate in slot.replicates}
    curation = slot.settings.curation if slot.generation else None
    fitted = load_model(slot)
    runs = StoredRuns(slot.artefacts.store, slot.address(SYNTHETIC))
    fitted.keep_rows(runs)
    # Written before the synthetic rows: where those exist, so does the exhibit, even if the run was killed.
    make_exhibit(slot, fitted)
    with bounded_threads(), keeping_refused(slot):
        if curation is None:
            rows = round_samples(fitted.sample(rows=count, seeds=sample_seeds), schema)
        else:
            rows = curate(
                fitted,
                curation,
                rows=count,
                seeds=sample_seeds,
                schema=schema,
                classify=real_labels(slot.artefacts),
            )
    generator = slot.generator
    manifest = slot.load(DATASET)
    # Rows of a pool were made elsewhere, once: no round of mixing adds a model to those they have passed through.
    deeper = pl.col("depth").max() + 1 if generator.needs_fit else pl.lit(1, dtype=pl.Int32)
    depth = manifest.group_by("replicate").agg(depth=deeper)
    signed = _with_places(_sign(rows, depth, slot.generation), fitted.places)
    slot.artefacts.save(
        slot.address(SYNTHETIC),
        to_typed(signed, schema),
        inputs=[model, *pool_inputs(slot.artefacts)],
        weights_sha256=slot.artefacts.provenance(model)["weights_sha256"],
        generator=all_without_secrets(generator.model_dump(mode="json")),
        generator_version=generator.release,
        curation=curation.model_dump(mode="json") if curation else None,
        seeds={str(replicate): seed for replicate, seed in sample_seeds.items()},
        **_log_of(fitted),
    )
    runs.remove()
    first = signed.filter(pl.col("replicate") == signed["replicate"][0])
    return Made(
        numbers={"rows_each": count, "depth": depth["depth"].max()},  # type: ignore[dict-item]
        look=lambda: picture({"real": slot.artefacts.load(slot.artefacts.address(ANCHOR)), "synthetic": first}, schema),
    )


def _with_places(signed: pl.DataFrame, places: pl.Series | None) -> pl.DataFrame:
    """Add the place in the pool of each row, where rows were drawn from one."""
    return signed if places is None else signed.insert_column(len(SIGNATURE), places)


def _log_of(model: CohortModel) -> dict[str, dict[str, str]]:
    """What the generator printed: the end of each replicate's log."""
    return {"generator_log": {str(each): text[-LOG_LENGTH:] for each, text in model.log.items()}} if model.log else {}


def _sign(rows: pl.DataFrame, depth: pl.DataFrame, generation: int) -> pl.DataFrame:
    """Number the rows within their replicate and give each an id that is unique in the lineage."""
    numbered = rows.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64).over("replicate"))
    row_id = pl.format("g{}.r{}.{}", pl.lit(generation), "replicate", "row")
    signed = numbered.with_columns(row_id=row_id).join(depth, on="replicate", how="left", maintain_order="left")
    return signed.select(*SIGNATURE, pl.exclude(*SIGNATURE))
