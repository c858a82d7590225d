"""What holds of a model that goes through files: tensors as safetensors, the rest as JSON."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from outcross.resources.generators.conformance.agreement import same_bytes
from outcross.resources.generators.conformance.law import Laws, require
from outcross.resources.generators.conformance.trial import Trial
from outcross.resources.generators.contract import CohortModel, Tensors

LAWS = Laws()


@LAWS.law()
def tensors_are_safetensors(trial: Trial) -> None:
    """Tensors are NumPy arrays by name that safetensors can hold; those of floats are finite."""
    tensors = trial.model.tensors()
    require(tensors, "there are no tensors; a model is read back from them")
    for name, array in tensors.items():
        require(isinstance(name, str) and isinstance(array, np.ndarray), f"'{name}' is a {type(array).__name__}")
        if array.dtype.kind == "f":
            require(np.isfinite(array).all(), f"'{name}' holds NaN or infinite numbers, which a study's checks refuse")
    require(same_bytes(_through_a_file(tensors), tensors), "tensors come back from safetensors as others")


@LAWS.law()
def card_is_json(trial: Trial) -> None:
    """A card is JSON without NaN or infinities, and comes back the same."""
    card = trial.model.card()
    again = json.loads(json.dumps(card, allow_nan=False))
    require(again == _with_lists(card), "the card comes back from JSON as another; use texts as keys")


@LAWS.law()
def loaded_model_is_the_same(trial: Trial) -> None:
    """A model that ``load`` rebuilt has the same samples, losses, budget, card and tensors."""
    again = trial.generator.load(
        _through_a_file(trial.model.tensors()), json.loads(json.dumps(trial.model.card(), allow_nan=False))
    )
    for what, same in _comparisons(trial, again):
        require(same, f"loaded again, it has {what}")


def _comparisons(trial: Trial, again: CohortModel) -> Iterator[tuple[str, bool]]:
    model = trial.model
    yield "other samples", trial.draw(again).equals(trial.sample)
    yield "other exhibits", trial.exhibit(again).equals(trial.exhibit(model))
    losses, of_again = trial.losses(model), trial.losses(again)
    yield "other losses", losses.equals(of_again) if losses is not None and of_again is not None else losses is of_again
    yield "another budget", again.budget == model.budget
    yield "another fit_loss", np.array_equal(again.fit_loss, model.fit_loss, equal_nan=True)
    yield "another card", again.card() == model.card()
    yield "other tensors", same_bytes(again.tensors(), model.tensors())


def _with_lists(value: Any) -> Any:
    """The same with lists for tuples, which JSON does not tell apart."""
    if isinstance(value, dict):
        return {key: _with_lists(each) for key, each in value.items()}
    return [_with_lists(each) for each in value] if isinstance(value, list | tuple) else value


def _through_a_file(tensors: Tensors) -> Tensors:
    return load(save({name: np.ascontiguousarray(array) for name, array in tensors.items()}))
