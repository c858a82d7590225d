# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The tokens and weights that the training of a cohort's transformers begins with."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl
import torch

from outcross.resources.generators.contract import Cohort
from outcross.resources.generators.fitting.training import chosen_device
from outcross.resources.generators.transformer.checkpoint import read_pretrained
from outcross.resources.generators.transformer.model import TransformerModel
from outcross.resources.generators.transformer.network import Architecture, Network, initial_parameters
from outcross.resources.generators.transformer.tokens import ByteTokens, PieceTokens, Tokens

if TYPE_CHECKING:
    from outcross.resources.generators.transformer.settings import Transformer

Beginning = tuple[dict[int, Tokens], Network, dict[str, Any]]
"""Replicate → tokens, the K networks, and where they come from, for the card."""


def begin(settings: "Transformer", cohort: Cohort, texts: Mapping[int, pl.Series]) -> Beginning:
    """Take an earlier fit's, or a checkpoint's, or new ones.

    Args:
        settings: of the generator.
        cohort: with the earlier fit, if training starts from one.
        texts: replicate → its training rows, ascending.
    """
    if isinstance(cohort.start, TransformerModel):
        return _of_earlier(cohort.start, list(texts))
    device = chosen_device(settings.device, kind=settings.kind)
    if settings.folder is not None:
        read = read_pretrained(settings.folder)
        parameters = {
            name: tensor.to(device).repeat(len(texts), *[1] * tensor.dim()) for name, tensor in read.parameters.items()
        }
        network = Network(read.architecture, parameters, [read.tokens.size] * len(texts))
        return dict.fromkeys(texts, read.tokens), network, {"checkpoint_sha256": read.sha256}
    tokens = {number: _learned(settings, own) for number, own in texts.items()}
    architecture = Architecture(
        vocabulary=settings.vocabulary if settings.tokens == "bpe" else ByteTokens().size,
        context=settings.context,
        width=settings.width,
        layers=settings.layers,
        heads=settings.heads,
        inner=4 * settings.width,
    )
    drawn = initial_parameters(architecture, [cohort.seeds[number] for number in texts])
    parameters = {name: torch.from_numpy(array).to(device) for name, array in drawn.items()}
    return tokens, Network(architecture, parameters, [each.size for each in tokens.values()]), {}


def _of_earlier(earlier: TransformerModel, numbers: list[int]) -> Beginning:
    places = [list(earlier.members).index(number) for number in numbers]
    network = Network(
        earlier.network.architecture,
        {name: tensor[places].clone() for name, tensor in earlier.network.parameters.items()},
        [earlier.network.sizes[place] for place in places],
    )
    known = {key: value for key, value in earlier.about.items() if key == "checkpoint_sha256"}
    return {number: earlier.members[number].tokens for number in numbers}, network, known


def _learned(settings: "Transformer", texts: pl.Series) -> Tokens:
    if settings.tokens == "bytes":
        return ByteTokens()
    return PieceTokens.learn(texts.to_list(), vocabulary=settings.vocabulary)
