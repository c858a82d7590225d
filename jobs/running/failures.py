"""Describe in one sentence why a step failed."""

from collections.abc import Iterable, Sequence

import dagster as dg

from outcross.resources.system_faults import fault_of_message


def describe_all(instance: dg.DagsterInstance, run_id: str, failures: Iterable[dg.DagsterEvent]) -> Sequence[str]:
    """Describe the failed steps of a run; of blocking checks that failed, name each with its values and the remedy.

    Args:
        instance: the instance.
        run_id: the run.
        failures: the events of its failed steps.
    """
    refused = _find_refused(instance, run_id)
    return [
        _describe_refused(refused[key]) if (key := event.step_key) in refused else describe(event) for event in failures
    ]


def describe(event: dg.DagsterEvent) -> str:
    """Name the step and the reason: its own failure message, or else the root cause of the error."""
    data = event.step_failure_data
    failure = data.user_failure_data
    if failure is not None and failure.description:
        return f"{event.step_key}: {failure.description}"
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    message = error.message.strip() if error else "no reason was given"
    return f"{event.step_key}: {fault_of_message(message) or message}"


def _find_refused(instance: dg.DagsterInstance, run_id: str) -> dict[str | None, list[dg.AssetCheckEvaluation]]:
    """Step → the blocking checks of it that failed."""
    refused: dict[str | None, list[dg.AssetCheckEvaluation]] = {}
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        event = entry.dagster_event
        evaluation = event and event.asset_check_evaluation_data
        if event and evaluation and evaluation.blocking and not evaluation.passed:
            refused.setdefault(event.step_key, []).append(evaluation)
    return refused


def _describe_refused(checks: Sequence[dg.AssetCheckEvaluation]) -> str:
    values = "; ".join(f"{each.check_name}: {each.description or 'no values were given'}" for each in checks)
    return (
        f"{checks[0].asset_key.to_user_string()}: blocking checks failed ({values}), so nothing was built on it. Open "
        "the check, fix the cause, then run the study again, or rematerialize the asset together with its checks"
    )
