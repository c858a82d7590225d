"""What this machine takes beside the work that a trial measures."""

import os

STEP_SECONDS = 0.35
"""Seconds that the engine adds to a step: a run's records, its checks and its messages."""
START_SECONDS = 8.0
"""Seconds until worker processes have loaded their libraries, and of the verdict and the report in the end."""


def processes(workers: int | None, lineages: int) -> int:
    """Return how many processes share the lineages: those asked for, or one per core, and no more than lineages."""
    return max(1, min(workers or os.cpu_count() or 1, lineages))
