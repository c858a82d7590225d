"""The errors of the product: one tree, and what the command line exits with for each.

Each error is defined beside the code that raises it, and derives from :class:`OutcrossError`. What a user sees of it is
its message: the thing, the fault, and a remedy that works. An address in it has no user, password or query.
"""

from typing import ClassVar

from outcross.resources.safe_text import shortened, without_secrets

LONGEST_REASON = 200
"""Characters of what another library said that a message repeats."""


class OutcrossError(Exception):
    """What Outcross raises where it cannot do what was asked for.

    Attributes:
        exit_code: status that the command line exits with; 1 where a run failed or something is missing, 2 where the
            input has to be changed first.
    """

    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        return without_secrets(super().__str__())


class BadInput(OutcrossError, ValueError):
    """Input that cannot be used as it is.

    The message has three parts in one sentence or two: the thing (file, key, column), what was wrong with it,
    and the remedy. The command line prints it without a traceback. It is a ``ValueError`` as well, so that pydantic
    takes one raised by a validator for a fault of that key.
    """

    exit_code = 2


def first_line(text: str) -> str:
    """The first line of a text, cut where it is long."""
    return shortened(text.strip().partition("\n")[0], LONGEST_REASON)


def reason_of(error: BaseException) -> str:
    """What another library says of a fault: the first line of its message, or its type where it has none."""
    return first_line(str(error)) or type(error).__name__


RESTORE = "restore it from a copy"
"""The way back for a file that nothing can make again."""


class Damaged(OutcrossError):
    """A stored file that is missing, cut, or not what was written.

    Attributes:
        path: where the file lies.
        fault: what is wrong with it.
        remedy: the way back.
    """

    def __init__(self, path: str, fault: str, remedy: str) -> None:
        self.path, self.fault, self.remedy = path, fault, remedy
        super().__init__(f"{path} {fault}; {remedy}")
