"""Describe in one sentence why a step failed."""

import dagster as dg


def describe(event: dg.DagsterEvent) -> str:
    """Name the step and the reason: its own failure message, or else the root cause of the error."""
    data = event.step_failure_data
    failure = data.user_failure_data
    if failure is not None and failure.description:
        return f"{event.step_key}: {failure.description}"
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return f"{event.step_key}: {error.message.strip() if error else 'no reason was given'}"
