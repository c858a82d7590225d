"""What a report shows of the rows themselves: the exhibits of every generation or, without them, its first rows."""

from collections.abc import Sequence

import polars as pl

from outcross.assets.artefacts import ANCHOR, SYNTHETIC, Artefacts, Slot
from outcross.assets.drawing.chart import Chart
from outcross.assets.evaluation.make import rows_by_replicate
from outcross.assets.pictures import picture
from outcross.assets.study.lineage import SHARED
from outcross.assets.synthetic.exhibit import load_exhibit
from outcross.assets.verdict.exhibits import Exhibit, image_exhibit, real_images, text_exhibit
from outcross.assets.verdict.marginal_charts import FIRST, LAST, REAL, marginal_charts
from outcross.assets.verdict.report_data import GalleryItem

REPLICATES = 4
"""So many replicates of an arm are shown: more would make the file large, and show nothing new."""


def exhibits_of(artefacts: Artefacts) -> list[Exhibit]:
    """Lay out what each arm's first replicates drew, generation after generation.

    Empty where a generation has no exhibit: its generator does not repeat its draws, or an earlier release made it.
    """
    drawn: dict[str, dict[int, dict[int, pl.DataFrame]]] = {}
    for slot in artefacts.slots:
        rows = load_exhibit(slot)
        if rows is None:
            return []
        for (replicate,), part in rows.partition_by("replicate", as_dict=True).items():
            drawn.setdefault(slot.arm, {}).setdefault(int(replicate), {})[slot.generation] = part
    first = drawn.pop(SHARED)
    lay_out = text_exhibit if artefacts.schema.image is None else image_exhibit
    return [
        lay_out(first[replicate] | replicates[replicate], artefacts.schema, arm=arm, replicate=replicate)
        for arm, replicates in drawn.items()
        for replicate in sorted(replicates)[:REPLICATES]
    ]


def real_exhibit(artefacts: Artefacts, exhibits: Sequence[Exhibit]) -> Exhibit | None:
    """Lay out real images of the classes that exhibits show; None where there are none."""
    if not exhibits or artefacts.schema.image is None:
        return None
    return real_images(artefacts.load(artefacts.address(ANCHOR)), artefacts.schema, classes=exhibits[0].classes)


def table_samples(artefacts: Artefacts) -> dict[str, list[tuple[str, Chart]]]:
    """Draw the columns of a table, for each arm: the first replicate's rows of its last generation; else nothing."""
    schema = artefacts.schema
    if schema.modality != "table":
        return {}
    real = artefacts.load(artefacts.address(ANCHOR)).select(schema.names)
    ends = {slot.arm: slot for slot in artefacts.slots if slot.generation in (0, artefacts.study.generations - 1)}
    first = _first_replicate(ends.pop(SHARED))
    return {
        arm: marginal_charts({REAL: real, FIRST: first, LAST: _first_replicate(slot)}, schema)
        for arm, slot in ends.items()
    }


def _first_replicate(slot: Slot) -> pl.DataFrame:
    return next(iter(rows_by_replicate(slot).values()))


def first_rows(artefacts: Artefacts) -> list[GalleryItem]:
    """Show the first images or texts of every lineage's first replicate, generation after generation."""
    items: list[GalleryItem] = []
    if artefacts.schema.modality == "table":
        return items
    for slot in artefacts.slots:
        rows = slot.load(SYNTHETIC)
        replicate = int(rows["replicate"][0])
        look = picture({slot.arm: rows.filter(pl.col("replicate") == replicate)}, artefacts.schema)
        text = None if look.png else look.excerpt
        items.append(
            GalleryItem(arm=slot.arm, generation=slot.generation, replicate=replicate, image=look.png, text=text)
        )
    return items


def real_rows(artefacts: Artefacts) -> GalleryItem | None:
    """Show the first real images or texts; None for a table, whose columns are drawn."""
    if artefacts.schema.modality == "table":
        return None
    look = picture({"real": artefacts.load(artefacts.address(ANCHOR))}, artefacts.schema)
    text = None if look.png else look.excerpt
    return GalleryItem(arm="real", generation=0, replicate=0, image=look.png, text=text)
