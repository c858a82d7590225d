"""Errors of Outcross in a step, as failures that Dagster shows with their message and does not retry."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from outcross.resources.errors import OutcrossError
from outcross.resources.system_faults import system_fault


@contextmanager
def clear_failures() -> Iterator[None]:
    """Turn an error of Outcross within the block, or a fault of the machine, into a failure of the step.

    Any other error passes as it is.

    The message of such an error names the thing, the fault and the remedy, so the UI shows it in place of a stack
    trace. A retry would meet the same error.

    Raises:
        dagster.Failure: an ``OutcrossError`` was raised within the block, or the disk is full.
    """
    try:
        yield
    except OutcrossError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    except Exception as error:
        if (fault := system_fault(error)) is None:
            raise
        raise dg.Failure(fault, allow_retries=False) from error
