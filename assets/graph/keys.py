"""Keys, partitions and groups of a study in Dagster's asset graph.

Dagster's asset graph has no cycles, so each generation has assets of its own. Keys are [study, gen_NN, thing]. A
partition is a lineage. Generation 0 has no partitions, because every arm starts from it. [study, settings] and [study,
source] are observed, not made: what Dagster compares its history with.
"""

import dagster as dg

from outcross.assets.artefacts import ANCHOR, DATASET, HOLDOUT, MODEL, SYNTHETIC
from outcross.assets.checks import has_checks
from outcross.assets.model.make import starting_generation
from outcross.assets.steps import Step
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.resources.identifier import identifier

FIT_POOL = "outcross_fit"
"""The pool of the steps that fit a model or sample from it: command line and UI share the cores through its limit."""


def asset_key(study: Study, thing: str, generation: int | None = None) -> dg.AssetKey:
    """Return the key of an asset of a study, or of one of its generations."""
    middle = [] if generation is None else [f"gen_{generation:02d}"]
    return dg.AssetKey([study.study, *middle, thing])


def check_keys(study: Study, step: Step, generation: int) -> list[dg.AssetCheckKey]:
    """Return the keys of the checks on one asset of a generation."""
    if not has_checks(step.thing, generation):
        return []
    return [dg.AssetCheckKey(asset_key(study, step.thing, generation), name) for name in step.checks]


def checks_op(study: Study, step: Step, generation: int) -> str:
    """Return the name of the op that runs the checks on one asset of a generation; it is also their step's key."""
    return f"{identifier(study.study)}_{generation:02d}_{step.thing}_checks"


def recheck_job_name(study: Study) -> str:
    """Return the name of the job that runs the checks of an asset again."""
    return f"{identifier(study.study)}_recheck"


def lineage_partitions(study: Study) -> dg.StaticPartitionsDefinition:
    """Return the partitions of a study: one per lineage."""
    return dg.StaticPartitionsDefinition(list(study.lineages))


def upstream(study: Study, step: Step, generation: int) -> list[dg.AssetKey]:
    """Return the keys of the assets that a generation's asset is made from."""

    def own(thing: str) -> dg.AssetKey:
        return asset_key(study, thing, generation)

    anchor, holdout = asset_key(study, ANCHOR), asset_key(study, HOLDOUT)
    if step.thing == DATASET:
        settings = [settings_key(study)] if generation else []
        accumulates = any(arm.mixing.reads == "all" for arm in study.all_arms.values())
        first = 0 if accumulates else max(0, generation - 1)
        return [*settings, anchor, *(asset_key(study, SYNTHETIC, earlier) for earlier in range(first, generation))]
    if step.thing == MODEL:
        earlier = starting_generation(study.generator.starts_from, generation)
        return [own(DATASET), *([] if earlier is None else [asset_key(study, MODEL, earlier)])]
    if step.thing == SYNTHETIC:
        return [own(MODEL)]
    previous = [asset_key(study, SYNTHETIC, generation - 1)] if generation else []
    # A condition waits for settings that are recorded, and those of added rungs are not: a new holdout requests none.
    wanted = [settings_key(study)] if generation and study.most_added else []
    return [*wanted, holdout, own(MODEL), own(SYNTHETIC), *previous]


def settings_key(study: Study) -> dg.AssetKey:
    """Return the key of the observed settings of a study's lineages."""
    return asset_key(study, "settings")


def source_key(study: Study) -> dg.AssetKey:
    """Return the key of the observed source of a study."""
    return asset_key(study, "source")


def settings_version(study: Study) -> str:
    """Return the settings that all lineages share, as a code version.

    It is for what a study has one of: Dagster compares it with the definitions as loaded, without an observation.
    Partitioned assets depend on :func:`settings_key` instead, since a code version cannot differ by partition.
    """
    return study.fingerprint(SHARED)[:8]


def code_version(study: Study, step: Step, generation: int) -> str:
    """Return the version of the code that makes a thing of a generation: of its step, and of the generator it runs."""
    generator = [] if step.thing == DATASET else [study.generator.kind, study.generator.release]
    settings = [] if generation else [settings_version(study)]
    return "-".join([step.version, *generator, *settings])


def generation_group(study: Study, generation: int) -> str:
    """Return the group of the assets of a generation."""
    return f"{identifier(study.study)}_gen_{generation:02d}"
