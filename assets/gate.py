"""The gate between runs: nothing is built on what a blocking check refused.

Within one run Dagster itself holds back what lies downstream of a failed blocking check. A later run of the same
lineage would go ahead, so each step asks here first. Dagster has no public call for a check's last verdict on one
partition: ``event_log_storage.get_asset_check_partition_info`` is internal, and this is the one place that calls it.
"""

from collections.abc import Iterable
from enum import StrEnum

import dagster as dg


class CheckStatus(StrEnum):
    """How the last execution of a check stands; the values are those that Dagster stores."""

    PLANNED = "PLANNED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


def check_statuses(
    instance: dg.DagsterInstance, checks: Iterable[dg.AssetCheckKey], *, partition: str | None = None
) -> dict[tuple[dg.AssetCheckKey, str | None], CheckStatus]:
    """Return the last status of each check and partition that has one; of one partition where it is named."""
    found = instance.event_log_storage.get_asset_check_partition_info(
        list(checks), partition_keys=None if partition is None else [partition]
    )
    return {(info.check_key, info.partition_key): CheckStatus(info.latest_execution_status.value) for info in found}


def refuse_if_blocked(
    instance: dg.DagsterInstance, checks: Iterable[dg.AssetCheckKey], *, partition: str | None
) -> None:
    """Stop a step that would read what a blocking check refused in an earlier run.

    Raises:
        dagster.Failure: naming the checks and the remedy; not retried.
    """
    asked = list(checks)
    statuses = check_statuses(instance, asked, partition=partition) if asked else {}
    failed = [
        key
        for (key, checked_partition), status in statuses.items()
        if checked_partition == partition and status == CheckStatus.FAILED
    ]
    if failed:
        names = ", ".join(f"{key.asset_key.to_user_string()}: {key.name}" for key in failed)
        raise dg.Failure(
            f"lineage '{partition or 'shared'}' is stopped: blocking checks failed upstream ({names}). "
            "Open the check, fix the cause, then rematerialize the asset.",
            allow_retries=False,
        )
