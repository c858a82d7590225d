"""Laws of the generator contract: a function that checks one property, and the error when a generator breaks it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from outcross.resources.generators.conformance.trial import Trial
from outcross.resources.generators.contract import Generator


class LawBroken(AssertionError):
    """A generator violates its contract; the message names the generator, the law and the finding."""


@dataclass(frozen=True)
class Law:
    """One law of the contract.

    Attributes:
        name: of the law.
        statement: the law in one sentence.
        check: raises :class:`LawBroken` where a trial violates it.
        applies_to: whether the law concerns a generator.
    """

    name: str
    statement: str
    check: Callable[[Trial], None]
    applies_to: Callable[[Generator], bool]


class Laws(list[Law]):
    """The laws of one subject, in the order of the checks."""

    def law(
        self, applies_to: Callable[[Generator], bool] = lambda generator: True
    ) -> Callable[[Callable[[Trial], None]], Callable[[Trial], None]]:
        """Register a function as a law, under its own name; the first line of its docstring is the statement."""

        def add(check: Callable[[Trial], None]) -> Callable[[Trial], None]:
            statement = (check.__doc__ or "").partition("\n")[0]
            self.append(Law(check.__name__, statement, check, applies_to))
            return check

        return add


def require(holds: object, finding: str) -> None:
    """Raise :class:`LawBroken` with a finding unless a condition holds."""
    if not holds:
        raise LawBroken(finding)


def join_values(values: Iterable[object]) -> str:
    """Join values with commas."""
    return ", ".join(str(each) for each in values)
