"""Observations of what a study reads but does not make."""

from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from outcross.assets.graph.tags import observed_tags
from outcross.assets.graph.unfinished import observable
from outcross.assets.study.study import Study
from outcross.resources.dagster_internals import look_up_again, observation
from outcross.resources.identifier import identifier


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What was observed last of an input: its version, and when, in seconds since 1970."""

    version: str | None
    at: float


def observed_files(
    study: Study, key: dg.AssetKey, name: str, *, description: str, version: Callable[[], str]
) -> dg.SourceAsset:
    """Define what a study reads but does not make, whose version is a digest of its content.

    Args:
        study: that reads it.
        key: of the asset.
        name: of the thing, for its tags.
        description: of the asset.
        version: identifies the content as it is now.
    """

    @observable(
        key=key,
        group_name=identifier(study.study),
        tags=observed_tags(study, name, kind="yaml"),
        description=f"{description} Observe them to see whether they have changed.",
    )
    def observe() -> dg.DataVersion:
        return dg.DataVersion(version())

    asset: dg.SourceAsset = observe
    return asset


def record_input(context: dg.AssetExecutionContext, key: dg.AssetKey, version: str) -> None:
    """Record the version of an observed input that a step is about to read, of the step's partition if it has one.

    The materialisation then names this version as its input, whoever launched the run, and whether or not the input had
    been observed before. A version that is the latest already is not recorded again.
    """
    partition = context.partition_key if context.has_partition_key else None
    observed = last_observed(context.instance, key, partition=partition)
    if observed is None or observed.version != version:
        context.instance.report_runless_asset_event(observation(key, version, partition=partition))
        look_up_again(context, key)


def last_observed(instance: dg.DagsterInstance, key: dg.AssetKey, *, partition: str | None = None) -> Observed | None:
    """Return what was observed last of an input, or of one of its partitions; None if it never was."""
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=None if partition is None else [partition])
    for record in instance.fetch_observations(wanted, limit=1).records:
        assert record.asset_observation is not None
        return Observed(version=record.asset_observation.data_version, at=record.timestamp)
    return None
