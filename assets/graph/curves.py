"""The curves of a study: one asset with a partition for each arm and generation, and each metric as a number on it.

Dagster plots the numbers of an asset over its partitions, and each generation is an asset of its own. So the evaluation
of a generation also records its medians here: the partitions become a matrix of what is evaluated, and the plots go
along the generations of one lineage after another.
"""

from collections.abc import Iterable, Iterator

import dagster as dg

from outcross.assets.artefacts import EVALUATION, Slot
from outcross.assets.evaluation.make import load_medians
from outcross.assets.graph.keys import asset_key, lineage_partitions
from outcross.assets.graph.tags import asset_tags
from outcross.assets.study.study import Study
from outcross.resources.identifier import identifier

CURVES = "curves"
ARM, GENERATION = "arm", "generation"
"""The dimensions. Dagster sorts them by name, and the partitions by the first: so a lineage's generations adjoin."""


def curves_key(study: Study) -> dg.AssetKey:
    """Return the asset key of a study's curves."""
    return asset_key(study, CURVES)


def curves_partitions(study: Study) -> dg.MultiPartitionsDefinition:
    """Return the partitions of a study's curves: each lineage in each generation."""
    generations = [_generation_name(each) for each in range(study.generations)]
    return dg.MultiPartitionsDefinition(
        {ARM: lineage_partitions(study), GENERATION: dg.StaticPartitionsDefinition(generations)}
    )


def curves_asset(study: Study) -> dg.AssetSpec:
    """Define the curves of a study, which no step makes: every evaluation adds to them."""
    return dg.AssetSpec(
        curves_key(study),
        deps=[asset_key(study, EVALUATION, generation) for generation in range(study.generations)],
        partitions_def=curves_partitions(study),
        description="The median of each metric over the replicates, for every arm and generation. Each evaluation adds "
        "its own; plots go along the generations of one arm after another.",
        group_name=identifier(study.study),
        kinds={"parquet", "duckdb"},
        owners=list(study.owners),
        tags=asset_tags(study, CURVES),
    )


def curve_points(slot: Slot) -> Iterator[dg.AssetMaterialization]:
    """Report an evaluation as points of the curves; that of generation 0 is the first point of every lineage."""
    study = slot.study
    lineages = [slot.lineage] if slot.generation else list(study.lineages)
    for lineage in lineages:
        medians = load_medians(slot, study.lineages[lineage].replicates)
        yield dg.AssetMaterialization(
            curves_key(study),
            partition=dg.MultiPartitionKey({ARM: lineage, GENERATION: _generation_name(slot.generation)}),
            metadata={name: dg.MetadataValue.float(value) for name, value in medians.items()},
        )


def count_points(study: Study, keys: Iterable[dg.AssetKey]) -> int:
    """Return the number of points that a run over these assets reports."""
    first = asset_key(study, EVALUATION, 0)
    later = {asset_key(study, EVALUATION, generation) for generation in range(1, study.generations)}
    return sum(len(study.lineages) if key == first else key in later for key in keys)


def _generation_name(generation: int) -> str:
    return f"{generation:02d}"
