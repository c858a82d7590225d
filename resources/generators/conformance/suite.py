"""All laws of the generator contract, asked of one generator."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from outcross.resources.compute import bounded_threads
from outcross.resources.errors import BadInput
from outcross.resources.generators.conformance import (
    laws_of_files,
    laws_of_fits,
    laws_of_losses,
    laws_of_samples,
    laws_of_settings,
    laws_of_weights,
)
from outcross.resources.generators.conformance.data import Data, data_for
from outcross.resources.generators.conformance.law import Law, LawBroken
from outcross.resources.generators.conformance.trial import Trial
from outcross.resources.generators.contract import Generator

LAWS: tuple[Law, ...] = (
    *laws_of_settings.LAWS,
    *laws_of_fits.LAWS,
    *laws_of_weights.LAWS,
    *laws_of_samples.LAWS,
    *laws_of_losses.LAWS,
    *laws_of_files.LAWS,
)
"""In the order in which they are asked."""


def check_generator(
    generator: Generator, *, data: Data | None = None, except_for: Mapping[str, str] | None = None
) -> None:
    """Ask every law of a generator, and raise the first that it breaks.

    Args:
        generator: with settings under which a fit takes no longer than you want to wait some ten times.
        data: what to fit it to; small rows of each of its modalities come along.
        except_for: law → why it does not hold of this generator. A law that holds all the same is reported too.

    Raises:
        LawBroken: naming the law and what was found.
        BadInput: none of the data that comes along suits the generator, or ``except_for`` names no law.
    """
    for _, check in generator_checks(generator, data=data, except_for=except_for):
        check()


def generator_checks(
    generator: Generator, *, data: Data | None = None, except_for: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the laws that concern a generator: name, and what asks the law and raises ``LawBroken``.

    See :func:`check_generator` for the arguments. Nothing is fitted before a check is called; checks of one call share
    their fits. Where a generator has several modalities, the name ends in the modality.
    """
    excepted = dict(except_for or {})
    if unknown := [name for name in excepted if name not in {law.name for law in LAWS}]:
        raise BadInput(f"'except_for' names '{unknown[0]}', which is no law; {', '.join(law.name for law in LAWS)} are")
    trials = [Trial(generator, each) for each in ([data] if data is not None else data_for(generator))]
    for trial in trials:
        for law in LAWS:
            if law.asked_of(generator):
                modality = f" ({trial.data.schema.modality})" if len(trials) > 1 else ""
                yield f"{law.name}{modality}", partial(_ask, law, trial, excepted.get(law.name))


def _ask(law: Law, trial: Trial, excepted: str | None) -> None:
    try:
        with bounded_threads():
            law.ask(trial)
    except Exception as error:  # whatever a generator raises where it should not
        if excepted is None:
            found = str(error) if isinstance(error, LawBroken) else f"{type(error).__name__}: {error}"
            raise LawBroken(_broken(law, trial, found)) from error
    else:
        if excepted is not None:
            raise LawBroken(_broken(law, trial, f"it holds, and is excepted since '{excepted}'; remove the exception"))


def _broken(law: Law, trial: Trial, found: str) -> str:
    modality = trial.data.schema.modality
    return f"generator '{trial.generator.kind}', law '{law.name}' on {modality} data: {law.says} Found: {found}"
