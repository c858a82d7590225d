"""The gate between runs: it stops every step that would read an asset whose blocking check failed.

Within one run Dagster itself skips the assets downstream of a failed blocking check. A later run of the same lineage
would not be stopped, so each step calls this gate first. Dagster has no public call for the last status of a check on
one partition: ``event_log_storage.get_asset_check_partition_info`` is internal, and only this file calls it.
"""

from collections.abc import Iterable
from enum import StrEnum

import dagster as dg


class CheckStatus(StrEnum):
    """The status of a check's last execution; the values are those that Dagster stores."""

    PLANNED = "PLANNED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


def check_statuses(
    instance: dg.DagsterInstance, checks: Iterable[dg.AssetCheckKey], *, partition: str | None = None
) -> dict[tuple[dg.AssetCheckKey, str | None], CheckStatus]:
    """Return the last status of each check and partition that has one; only of ``partition``, if it is given."""
    found = instance.event_log_storage.get_asset_check_partition_info(
        list(checks), partition_keys=None if partition is None else [partition]
    )
    return {(info.check_key, info.partition_key): CheckStatus(info.latest_execution_status.value) for info in found}


def refuse_if_blocked(
    instance: dg.DagsterInstance, checks: Iterable[dg.AssetCheckKey], *, partition: str | None
) -> None:
    """Stop a step if a blocking check on one of its inputs failed in an earlier run.

    Raises:
        dagster.Failure: a check failed; the message names the checks and the remedy, and the step is not retried.
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
