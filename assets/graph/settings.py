"""The settings of a study's lineages, as an observed asset: a partition's version is the lineage's fingerprint.

A lineage whose settings changed is stale, and no other is. The version is recorded when a dataset is made, when a
person presses *Observe*, and by :func:`outcross.jobs.automation.observation.settings_sensor`.
"""

from collections.abc import Iterable

import dagster as dg

from outcross.assets.graph.keys import lineage_partitions, settings_key
from outcross.assets.graph.observed import record_input
from outcross.assets.graph.tags import observed_tags
from outcross.assets.graph.unfinished import observable, without_warnings
from outcross.assets.study.study import Study
from outcross.resources.dagster_internals import latest_observed, observation
from outcross.resources.identifier import identifier


def settings_asset(study: Study) -> dg.SourceAsset:
    """Define the settings of a study's lineages."""

    @observable(
        key=settings_key(study),
        partitions_def=lineage_partitions(study),
        group_name=identifier(study.study),
        tags=observed_tags(study, "settings", kind="yaml"),
        description="The settings of each lineage: its arm, and what the study file says of all arms.",
    )
    def observe() -> dg.DataVersionsByPartition:
        with without_warnings():
            return dg.DataVersionsByPartition({name: study.fingerprint(name) for name in study.required_lineages})

    asset: dg.SourceAsset = observe
    return asset


def record_settings(context: dg.AssetExecutionContext, study: Study, lineage: str) -> None:
    """Record the settings that a lineage's dataset is about to be made under.

    Those of a rung that a ladder adds are not: a condition waits for recorded settings, so it never requests one.
    """
    if lineage in study.required_lineages:
        record_input(context, settings_key(study), study.fingerprint(lineage))


def changed_settings(instance: dg.DagsterInstance, study: Study) -> Iterable[dg.AssetObservation]:
    """Return an observation of each lineage that was made before and whose settings have changed since.

    Where ladders add rungs, also of each planned lineage that was never made: a lineage without recorded settings is
    not wanted.
    """
    key = settings_key(study)
    recorded = latest_observed(instance, key)
    wanted = study.required_lineages if study.most_added else ()
    now = {name: study.fingerprint(name) for name in study.lineages if name in recorded or name in wanted}
    return [observation(key, now[each], partition=each) for each in now if now[each] != recorded.get(each)]
