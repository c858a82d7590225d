"""Keys, partitions and groups of a study in Dagster's asset graph.

Dagster's asset graph has no cycles, so each generation has assets of its own. Keys are [study, gen_NN, thing]. A
partition is a lineage. Generation 0 has no partitions, because every arm starts from it. [study, settings] and [study,
source] are observed, not made: what Dagster compares its history with.
"""

import dagster as dg

from outcross.assets.artefacts import ANCHOR, DATASET, EVALUATION, HOLDOUT, LEARNER, MODEL, POOL, SYNTHETIC, TESTS
from outcross.assets.checks import has_checks
from outcross.assets.code_versions import part_versions
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
    pool = [] if study.generator.needs_fit else [asset_key(study, POOL)]
    if step.thing == DATASET:
        settings = [settings_key(study)] if generation else []
        accumulates = any(arm.mixing.reads == "all" for arm in study.all_arms.values())
        first = 0 if accumulates else max(0, generation - 1)
        return [*settings, anchor, *(asset_key(study, SYNTHETIC, earlier) for earlier in range(first, generation))]
    if step.thing == MODEL:
        earlier = starting_generation(study.generator.starts_from, generation)
        return [own(DATASET), *pool, *([] if earlier is None else [asset_key(study, MODEL, earlier)])]
    if step.thing == SYNTHETIC:
        return [own(MODEL), *pool]
    # A condition waits for settings that are recorded, and those of added rungs are not: a new holdout requests none.
    wanted = [settings_key(study)] if generation and study.most_added else []
    tests = [asset_key(study, TESTS)] if study.tests else []
    if step.thing == LEARNER:
        return [*wanted, own(DATASET), holdout, *tests]
    previous = [asset_key(study, SYNTHETIC, generation - 1)] if generation else []
    learner = [] if study.learner is None else [own(LEARNER)]
    return [*wanted, holdout, *tests, own(MODEL), own(SYNTHETIC), *previous, *learner]


def given_things(study: Study) -> list[str]:
    """Return the things beside anchor and holdout that are read from files: named test sets and a pool."""
    return [*([TESTS] if study.tests else []), *([] if study.generator.needs_fit else [POOL])]


def settings_key(study: Study) -> dg.AssetKey:
    """Return the key of the observed settings of a study's lineages."""
    return asset_key(study, "settings")


def source_key(study: Study) -> dg.AssetKey:
    """Return the key of the observed source of a study."""
    return asset_key(study, "source")


def pool_files_key(study: Study) -> dg.AssetKey:
    """Return the key of the observed files of a study's pool."""
    return asset_key(study, "pool_files")


def settings_version(study: Study) -> str:
    """Return the settings that all lineages share, as a code version.

    It is for what a study has one of: Dagster compares it with the definitions as loaded, without an observation.
    Partitioned assets depend on :func:`settings_key` instead, since a code version cannot differ by partition.
    """
    return study.fingerprint(SHARED)[:8]


def code_version(study: Study, step: Step, generation: int) -> str:
    """Return the version of the code that makes a thing of a generation: of its step, and of what that runs."""
    generator = [] if step.thing in {DATASET, LEARNER} else [study.generator.kind, study.generator.release]
    settings = [] if generation else [settings_version(study)]
    learner = learner_version(study) if step.thing in {LEARNER, EVALUATION} else []
    parts = [f"{name} {version}" for name, version in part_versions(study, step.thing).items()]
    return "-".join([step.version, *generator, *settings, *learner, *parts])


def learner_version(study: Study) -> list[str]:
    """Return the learner's kind, its release and a hash of its settings; empty where a study has none.

    They are part of a code version, since all lineages have the same learner.
    """
    if study.learner is None:
        return []
    return [study.learner.kind, study.learner.release, study.fingerprint(SHARED, judged=True)[:8]]


def generation_group(study: Study, generation: int) -> str:
    """Return the group of the assets of a generation."""
    return f"{identifier(study.study)}_gen_{generation:02d}"
