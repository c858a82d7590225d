"""Laws of serialisation: tensors as safetensors, the rest as JSON."""

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
    """Tensors are named NumPy arrays that safetensors supports; floats are finite."""
    tensors = trial.model.tensors()
    require(tensors, "'tensors()' is empty; return every array that 'load' needs")
    for name, array in tensors.items():
        require(
            isinstance(name, str) and isinstance(array, np.ndarray),
            f"'{name}' is a {type(array).__name__}; return NumPy arrays by name",
        )
        if array.dtype.kind == "f":
            require(
                np.isfinite(array).all(), f"'{name}' contains NaN or infinite numbers, which a study's checks reject"
            )
    require(same_bytes(_through_a_file(tensors), tensors), "tensors change on the way through safetensors")


@LAWS.law()
def card_is_json(trial: Trial) -> None:
    """A card is JSON without NaN or infinities, and survives a round trip."""
    card = trial.model.card()
    again = json.loads(json.dumps(card, allow_nan=False))
    require(again == _with_lists(card), "the card changes on the way through JSON; use strings as keys")


@LAWS.law()
def loaded_model_is_the_same(trial: Trial) -> None:
    """A model that ``load`` rebuilds has the same samples, losses, budget, card and tensors."""
    again = trial.generator.load(
        _through_a_file(trial.model.tensors()), json.loads(json.dumps(trial.model.card(), allow_nan=False))
    )
    for what, same in _comparisons(trial, again):
        require(same, f"the loaded model has {what}")


def _comparisons(trial: Trial, again: CohortModel) -> Iterator[tuple[str, bool]]:
    model = trial.model
    yield "different samples", trial.draw(again).equals(trial.sample)
    yield "different exhibits", trial.exhibit(again).equals(trial.exhibit(model))
    losses, of_again = trial.losses(model), trial.losses(again)
    yield (
        "different losses",
        losses.equals(of_again) if losses is not None and of_again is not None else losses is of_again,
    )
    yield "a different budget", again.budget == model.budget
    yield "a different fit_loss", np.array_equal(again.fit_loss, model.fit_loss, equal_nan=True)
    yield "a different card", again.card() == model.card()
    yield "different tensors", same_bytes(again.tensors(), model.tensors())


def _with_lists(value: Any) -> Any:
    """Replace tuples by lists, since JSON does not distinguish them."""
    if isinstance(value, dict):
        return {key: _with_lists(each) for key, each in value.items()}
    return [_with_lists(each) for each in value] if isinstance(value, list | tuple) else value


def _through_a_file(tensors: Tensors) -> Tensors:
    return load(save({name: np.ascontiguousarray(array) for name, array in tensors.items()}))
