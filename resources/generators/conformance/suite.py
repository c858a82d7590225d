"""Check one generator against all laws of the generator contract."""

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
from outcross.resources.generators.conformance.data import Data, select_data
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
"""All laws, in the order of the checks."""


def check_generator(
    generator: Generator, *, data: Data | None = None, except_for: Mapping[str, str] | None = None
) -> None:
    """Check a generator against every law, and raise the first violation.

    Args:
        generator: with settings for a quick fit, since the suite fits it about ten times.
        data: training rows; small built-in data of each of its modalities where unset.
        except_for: law → reason why it does not hold for this generator. If it does hold, that is an error too.

    Raises:
        LawBroken: the message names the law and the finding.
        BadInput: the generator accepts none of the built-in data, or ``except_for`` names an unknown law.
    """
    for _, check in generator_checks(generator, data=data, except_for=except_for):
        check()


def generator_checks(
    generator: Generator, *, data: Data | None = None, except_for: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield name and check of each law that concerns a generator; a check raises ``LawBroken``.

    See :func:`check_generator` for the arguments. No model is fitted before the first call of a check; the checks of
    one iterator share their fits. Where a generator has several modalities, the name ends in the modality.
    """
    excepted = dict(except_for or {})
    if unknown := [name for name in excepted if name not in {law.name for law in LAWS}]:
        raise BadInput(
            f"'except_for' names '{unknown[0]}', which is not a law; the laws are {', '.join(law.name for law in LAWS)}"
        )
    trials = [Trial(generator, each) for each in ([data] if data is not None else select_data(generator))]
    for trial in trials:
        for law in LAWS:
            if law.applies_to(generator):
                modality = f" ({trial.data.schema.modality})" if len(trials) > 1 else ""
                yield f"{law.name}{modality}", partial(_check_law, law, trial, excepted.get(law.name))


def _check_law(law: Law, trial: Trial, excepted: str | None) -> None:
    try:
        with bounded_threads():
            law.check(trial)
    except Exception as error:  # a generator under test may raise anything
        if excepted is None:
            found = str(error) if isinstance(error, LawBroken) else f"{type(error).__name__}: {error}"
            raise LawBroken(_describe_break(law, trial, found)) from error
    else:
        if excepted is not None:
            raise LawBroken(
                _describe_break(law, trial, f"the law holds, but 'except_for' has '{excepted}'; remove the exception")
            )


def _describe_break(law: Law, trial: Trial, found: str) -> str:
    modality = trial.data.schema.modality
    return f"generator '{trial.generator.kind}', law '{law.name}' on {modality} data: {law.statement} Found: {found}"
