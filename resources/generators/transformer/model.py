# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The fitted transformers of a cohort: sampling and loss."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import polars as pl
import torch

from outcross.resources.generators.contract import Budget, CohortModel, Tensors
from outcross.resources.generators.fitting.frames import loss_frame, pack_strings, replicate_column, unpack_strings
from outcross.resources.generators.fitting.parameters import count_parameters
from outcross.resources.generators.transformer.network import Network
from outcross.resources.generators.transformer.sampling import ROWS_AT_ONCE, Choice, Uniforms, draw_rows
from outcross.resources.generators.transformer.scoring import row_nats
from outcross.resources.generators.transformer.tokens import TokenRows, Tokens, read_tokens
from outcross.resources.generators.transformer.utf8 import Utf8
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.tokens import tokenize

REDRAWS = 10
"""Largest number of redraws of a row of white space only; then it is kept."""


@dataclass(frozen=True)
class Member:
    """Everything but the network of one replicate.

    Attributes:
        tokens: its tokenizer.
        longest: tokens of its longest training row, where samples are truncated.
        prompts: (rows, n) the first tokens of its training rows, −1 after the end of a row; n is 0 without prompts.
        shares: (rows,) cumulative shares of the prompts; the last is 1.
    """

    tokens: Tokens
    longest: int
    prompts: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, tokens: Tokens, rows: TokenRows, weights: np.ndarray, *, prompt_tokens: int) -> Self:
        """Extract what sampling needs from the training rows."""
        shares = np.cumsum(weights) / weights.sum() if prompt_tokens else np.ones(0)
        prompts = rows.prefixes(prompt_tokens) if prompt_tokens else np.empty((0, 0), dtype=np.int32)
        return cls(tokens, max(1, int(rows.lengths.max())), prompts, shares)

    def draw_prompts(self, rows: int, seed: int) -> np.ndarray:
        """Draw prompts (rows, n), the first tokens of rows."""
        if not self.prompts.size:
            return np.empty((rows, 0), dtype=np.int32)
        chosen = np.searchsorted(self.shares, generator(derive_seed(seed, "prompts")).random(rows), side="right")
        return self.prompts[np.minimum(chosen, len(self.prompts) - 1)]

    def utf8(self, network: Network) -> Utf8 | None:
        """Return which tokens break no character, for samples of a network; None where tokens are not bytes."""
        spelling = self.tokens.spelling()
        if spelling is None:
            return None
        size = max(network.sizes[0], self.tokens.size)
        return Utf8.of(spelling, end=self.tokens.end, size=size, device=network.device)

    def tensors(self) -> Tensors:
        """Return all arrays."""
        return {
            "tokens": pack_strings([self.tokens.to_json()]),
            "longest": np.array([self.longest]),
            "prompts": self.prompts,
            "shares": self.shares,
        }

    @classmethod
    def load(cls, tensors: Tensors) -> Self:
        """Rebuild from :meth:`tensors`."""
        tokens = unpack_strings(tensors["tokens"])[0]
        assert tokens is not None
        return cls(read_tokens(tokens), int(tensors["longest"][0]), tensors["prompts"], tensors["shares"])


@dataclass(frozen=True)
class TransformerModel(CohortModel):
    """One transformer per replicate.

    Attributes:
        schema: one column of text.
        members: replicate → tokenizer, prompts and length limit, ascending.
        network: the K networks, in the order of the replicates.
        choice: temperature, top-k and top-p of sampling.
        budget: what the fit spent.
        fit_loss: K mean losses of training rows drawn by weight.
        about: for the card: settings, version, and the sha256 of a checkpoint, if training started from one.
    """

    schema: Schema
    members: dict[int, Member]
    network: Network
    choice: Choice
    budget: Budget
    fit_loss: list[float]
    about: dict[str, Any]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Sample ``rows`` texts from each model, each up to its end token or the length of the longest training row.

        The uniform number for each token depends only on the seed, the row and the position, so that two models under
        the same seed use common random numbers. No text is empty, and none has a broken character: each token
        is drawn from the model's distribution over those that break none.
        """
        texts = []
        for place, (number, member) in enumerate(self.members.items()):
            network = self.network.member(place)
            given, utf8 = member.draw_prompts(rows, seeds[number]), member.utf8(network)
            for first in range(0, rows, ROWS_AT_ONCE):
                numbers = np.arange(first, min(first + ROWS_AT_ONCE, rows))
                texts += self._sample_texts(
                    network, member, utf8, numbers=numbers, given=given[numbers], seed=seeds[number]
                )
        column = pl.Series(self.schema.names[0], texts, dtype=pl.String)
        return pl.DataFrame([replicate_column(list(self.members), rows), column])

    def _sample_texts(
        self, network: Network, member: Member, utf8: Utf8 | None, *, numbers: np.ndarray, given: np.ndarray, seed: int
    ) -> list[str]:
        """Sample some rows of one replicate; rows of white space only are drawn again."""
        texts, left = [""] * len(numbers), np.arange(len(numbers))
        for turn in range(REDRAWS + 1):
            with torch.inference_mode():
                drawn = draw_rows(
                    network,
                    self.choice,
                    rows=numbers[left],
                    given=given[left],
                    uniforms=Uniforms(derive_seed(seed, "again", turn) if turn else seed),
                    end=member.tokens.end,
                    longest=member.longest,
                    utf8=utf8,
                )
            for index, text in zip(left.tolist(), member.tokens.decode(drawn), strict=True):
                texts[index] = text
            left = left[[not tokenize(texts[index]) for index in left.tolist()]]
            if not len(left):
                break
        return texts

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Compute the negative log-likelihood of each row's tokens and of its end, at temperature 1.

        ``units`` are words and punctuation marks (:func:`outcross.resources.tokens.tokenize`), not the model's own
        tokens, so that losses are comparable between models with different tokens, and with ``ngram``. With BPE, the
        loss is that of the tokenizer's segmentation of the row, an upper bound of the text's own. Rows longer than the
        context are scored completely, window by window, as they are sampled.
        """
        texts = rows[self.schema.names[0]]
        return loss_frame(list(self.members), self.nats([texts] * len(self.members)), count_words(texts))

    def nats(self, texts: Sequence[pl.Series]) -> np.ndarray:
        """Return the losses (K, N) of N texts for each replicate."""
        return np.stack(
            [
                row_nats(self.network.member(place), member.tokens.encode(own.to_list()), end=member.tokens.end)
                for place, (member, own) in enumerate(zip(self.members.values(), texts, strict=True))
            ]
        )

    def tensors(self) -> Tensors:
        """Return the networks' parameters with a leading axis K, the arrays of each member, and ``fit_loss`` (K,)."""
        parameters = {f"network/{name}": tensor.cpu().numpy() for name, tensor in self.network.parameters.items()}
        own = {
            f"{number}/{name}": array
            for number, member in self.members.items()
            for name, array in member.tensors().items()
        }
        return {**parameters, **own, "fit_loss": np.asarray(self.fit_loss)}

    def card(self) -> dict[str, Any]:
        """Return settings, schema, architecture, replicates, vocabulary sizes, budget, and parameters per replicate."""
        return {
            **self.about,
            "schema": self.schema.to_json(),
            "architecture": asdict(self.network.architecture),
            "replicates": list(self.members),
            "tokens_known": list(self.network.sizes),
            "budget": asdict(self.budget),
            "parameters_each": count_parameters(self.network.parameters),
        }


def count_words(texts: pl.Series) -> np.ndarray:
    """Return the number of words and punctuation marks of each text, (N,)."""
    return np.array([len(tokenize(text)) for text in texts], dtype=np.int64)
