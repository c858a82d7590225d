# ruff: noqa: TID253 - what it tests needs torch
"""The U-Net of images in colour: their values are row by row, and the channels of a pixel lie together."""

import pytest
import torch

from outcross.resources.generators.diffusion.network import Network, Shape, initial_parameters
from outcross.resources.generators.diffusion.values import OUTPUTS_PER_PIXEL


@pytest.mark.parametrize("patch", [1, 2])
@pytest.mark.parametrize("colours", [1, 3])
def test_the_outputs_of_a_value_are_those_of_its_place_and_channel(patch: int, colours: int) -> None:
    """An image of a replicate, passed through as if each output were its input, comes back in its own order."""
    shape = Shape(image=(3, 5), patch=patch, width=8, depth=1, blocks=1, classes=1, colours=colours)
    parameters = {name: torch.from_numpy(array) for name, array in initial_parameters(shape, [1, 2]).items()}
    network = Network(parameters, shape, 255)
    values = torch.arange(2 * 4 * shape.values, dtype=torch.float32).reshape(2, 4, shape.values)
    inputs = network._inputs(values).unflatten(1, (2, 1, -1))
    outputs = network._outputs(inputs.expand(-1, -1, OUTPUTS_PER_PIXEL, -1, -1, -1).flatten(1, 3))
    if patch == 1:
        red = values[1, 2].reshape(3, 5, colours)[..., 0]
        assert torch.equal(network._inputs(values)[2, colours], red)
    assert outputs.shape == (*values.shape, OUTPUTS_PER_PIXEL)
    assert torch.equal(outputs, values.unsqueeze(-1).expand_as(outputs))


def test_a_card_of_grey_images_is_as_it_was_before_there_was_colour() -> None:
    about = {"image": (3, 5), "patch": 1, "width": 8, "depth": 1, "blocks": 1, "classes": 2}
    assert Shape(**about).to_json() == about
    assert Shape(**about, colours=3).to_json() == {**about, "colours": 3}
