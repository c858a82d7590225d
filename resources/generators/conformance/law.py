"""What a law is: a function that asks one thing of a trial, and the error of a generator that breaks it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from outcross.resources.generators.conformance.trial import Trial
from outcross.resources.generators.contract import Generator


class LawBroken(AssertionError):
    """A generator does something that its contract rules out; the message names both, and what was found."""


@dataclass(frozen=True)
class Law:
    """One thing that the contract says.

    Attributes:
        name: of it.
        says: it, in a sentence.
        ask: asks it, and raises :class:`LawBroken`.
        asked_of: whether it concerns a generator.
    """

    name: str
    says: str
    ask: Callable[[Trial], None]
    asked_of: Callable[[Generator], bool]


class Laws(list[Law]):
    """The laws of one subject, in the order in which they are asked."""

    def law(
        self, asked_of: Callable[[Generator], bool] = lambda generator: True
    ) -> Callable[[Callable[[Trial], None]], Callable[[Trial], None]]:
        """Add a function as a law; its name is the law's, its docstring's first line what the law says."""

        def add(ask: Callable[[Trial], None]) -> Callable[[Trial], None]:
            says = (ask.__doc__ or "").partition("\n")[0]
            self.append(Law(ask.__name__, says, ask, asked_of))
            return ask

        return add


def require(holds: object, found: str) -> None:
    """Raise :class:`LawBroken` with what was found, where something does not hold."""
    if not holds:
        raise LawBroken(found)


def listed(values: Iterable[object]) -> str:
    """Write values in a row."""
    return ", ".join(str(each) for each in values)
