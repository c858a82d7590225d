# ruff: noqa: TID253 - only methods of generators import this module, so torch may load with it
"""The parameters of a cohort's networks, as arrays and on a device; each has a leading axis of replicates."""

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from outcross.resources.generators.contract import Tensors


def on_device(arrays: Tensors, device: torch.device) -> dict[str, Tensor]:
    """Copy arrays to a device."""
    return {name: torch.tensor(array, device=device) for name, array in arrays.items()}


def select_replicates(
    parameters: Mapping[str, Tensor], fitted: Sequence[int], wanted: Iterable[int]
) -> dict[str, Tensor]:
    """Copy the parameters of some replicates from an earlier fit, as a warm start.

    Args:
        parameters: of the earlier fit.
        fitted: its replicates, in order.
        wanted: a subset of them.
    """
    places = [fitted.index(number) for number in wanted]
    return {name: tensor[places].clone() for name, tensor in parameters.items()}


def count_parameters(parameters: Mapping[str, Tensor]) -> int:
    """Count the scalar parameters of one replicate."""
    return sum(tensor[0].numel() for tensor in parameters.values())
