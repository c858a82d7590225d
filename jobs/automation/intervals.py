"""How often sensors tick: a number of seconds, which a variable of the environment may change."""

import os

from outcross.resources.errors import BadInput


def read_interval(variable: str, default: int) -> int:
    """Return the seconds between two ticks of a sensor.

    Args:
        variable: name of the environment variable.
        default: seconds if it is not set.

    Raises:
        BadInput: it is not a positive whole number.
    """
    value = os.environ.get(variable, str(default))
    if not (value.isascii() and value.isdigit() and int(value)):
        raise BadInput(f"{variable} is '{value}': set it to a number of seconds, 1 or more, or unset it")
    return int(value)
