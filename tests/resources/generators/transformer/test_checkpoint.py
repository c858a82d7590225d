# ruff: noqa: TID253 - the weights of a checkpoint are written here
"""Training from a team's own checkpoint in Hugging Face's format."""

import hashlib
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import save_file
from torch.nn.functional import gelu, layer_norm

from outcross.resources.compute import bounded_threads
from outcross.resources.errors import BadInput
from outcross.resources.generators.transformer.settings import Transformer
from outcross.resources.generators.transformer.tokens import PieceTokens
from outcross.resources.schema import Column, Role, Schema
from tests.resources.cohorts import cohort_of, through_files

SCHEMA = Schema((Column(name="text", role=Role.TEXT),))
ROWS = ["the cat sat on the mat", "the dog ran off", "a cat and a dog"]
WIDTH, LAYERS, HEADS, CONTEXT, VOCABULARY = 12, 2, 3, 24, 300


@pytest.fixture(autouse=True)
def one_thread():
    with bounded_threads():
        yield


def tensors() -> dict[str, torch.Tensor]:
    """A GPT-2 as Hugging Face saves it: the linear layers are (in, out)."""
    stream = torch.Generator().manual_seed(3)

    def drawn(*shape):
        return torch.randn(shape, generator=stream) * 0.3

    found = {"wte.weight": drawn(VOCABULARY, WIDTH), "wpe.weight": drawn(CONTEXT, WIDTH)}
    for place in range(LAYERS):
        layer = f"h.{place}"
        for norm in ("ln_1", "ln_2"):
            found |= {f"{layer}.{norm}.weight": 1 + drawn(WIDTH), f"{layer}.{norm}.bias": drawn(WIDTH)}
        for name, size, out in (
            ("attn.c_attn", WIDTH, 3 * WIDTH),
            ("attn.c_proj", WIDTH, WIDTH),
            ("mlp.c_fc", WIDTH, 4 * WIDTH),
            ("mlp.c_proj", 4 * WIDTH, WIDTH),
        ):
            found |= {f"{layer}.{name}.weight": drawn(size, out), f"{layer}.{name}.bias": drawn(out)}
        found[f"{layer}.attn.bias"] = torch.ones(1, 1, CONTEXT, CONTEXT).tril()
    return {**found, "ln_f.weight": 1 + drawn(WIDTH), "ln_f.bias": drawn(WIDTH)}


CONFIG = {
    "model_type": "gpt2",
    "n_embd": WIDTH,
    "n_layer": LAYERS,
    "n_head": HEADS,
    "n_positions": CONTEXT,
    "n_inner": None,
    "vocab_size": VOCABULARY,
    "activation_function": "gelu_new",
}


def write_checkpoint(folder: Path, *, prefix="transformer.", tensors=tensors, **changes) -> Path:
    folder.mkdir()
    save_file({prefix + name: tensor for name, tensor in tensors().items()}, folder / "model.safetensors")
    pieces = PieceTokens.learn(ROWS * 3, vocabulary=270)
    pieces.tokenizer.add_special_tokens(["<|endoftext|>"])
    end = pieces.tokenizer.token_to_id("<|endoftext|>")
    (folder / "config.json").write_text(json.dumps({**CONFIG, "eos_token_id": end, **changes}))
    (folder / "tokenizer.json").write_text(pieces.tokenizer.to_str())
    return folder


def plain_logits(parameters: dict[str, torch.Tensor], tokens: torch.Tensor) -> torch.Tensor:
    """GPT-2, written out for one row."""
    states = parameters["wte.weight"][tokens] + parameters["wpe.weight"][: len(tokens)]
    later = torch.ones(len(tokens), len(tokens)).triu(1).bool()

    def norm(name, states):
        return layer_norm(states, (WIDTH,), parameters[f"{name}.weight"], parameters[f"{name}.bias"])

    def linear(name, states):
        return states @ parameters[f"{name}.weight"] + parameters[f"{name}.bias"]

    for layer in (f"h.{place}" for place in range(LAYERS)):
        parts = linear(f"{layer}.attn.c_attn", norm(f"{layer}.ln_1", states)).split(WIDTH, dim=-1)
        queries, keys, values = (part.view(len(tokens), HEADS, -1).transpose(0, 1) for part in parts)
        scores = (queries @ keys.transpose(1, 2)) / (WIDTH / HEADS) ** 0.5
        mixed = scores.masked_fill(later, -torch.inf).softmax(-1) @ values
        states = states + linear(f"{layer}.attn.c_proj", mixed.transpose(0, 1).reshape(len(tokens), WIDTH))
        inner = gelu(linear(f"{layer}.mlp.c_fc", norm(f"{layer}.ln_2", states)), approximate="tanh")
        states = states + linear(f"{layer}.mlp.c_proj", inner)
    return norm("ln_f", states) @ parameters["wte.weight"].T


def fitted(folder: Path, **changes):
    settings = Transformer(checkpoint=str(folder), steps=1, batch=1, learning_rate=1e-9, **changes)
    return settings, settings.fit(cohort_of(SCHEMA, {0: pl.DataFrame({"text": ROWS}), 2: pl.DataFrame({"text": ROWS})}))


@pytest.mark.parametrize("prefix", ["transformer.", ""])
def test_a_checkpoint_gives_the_probabilities_of_its_weights(tmp_path, prefix):
    _, model = fitted(write_checkpoint(tmp_path / "gpt", prefix=prefix))
    tokens = torch.tensor([256, 84, 72, 101, 12, 260])
    logits = model.network.logits(model.network.states(tokens.expand(2, 1, -1))[:, 0])
    torch.testing.assert_close(logits[1], plain_logits(tensors(), tokens)[:, : logits.shape[-1]], rtol=1e-4, atol=1e-4)


def test_its_tokens_architecture_and_hash_are_stored(tmp_path):
    folder = write_checkpoint(tmp_path / "gpt")
    settings, model = fitted(folder)
    again = through_files(model, settings, tmp_path)
    card = again.card()
    assert card["checkpoint_sha256"] == hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert (card["architecture"]["width"], card["architecture"]["context"]) == (WIDTH, CONTEXT)
    assert model.budget.tokens == [CONTEXT, CONTEXT]
    assert again.loss(pl.DataFrame({"text": ROWS}), seeds={}).equals(model.loss(pl.DataFrame({"text": ROWS}), seeds={}))
    tokens = model.members[2].tokens
    assert tokens.decode([tokens.encode(["<|endoftext|>"]).ids]) == ["<|endoftext|>"]
    assert tokens.end not in tokens.encode(["<|endoftext|>"]).ids


def test_training_changes_its_weights_in_every_generation(tmp_path):
    folder = write_checkpoint(tmp_path / "gpt")
    _, at_first = fitted(folder)
    settings = Transformer(checkpoint=str(folder), steps=10, batch=2, learning_rate=0.01)
    learned = settings.fit(cohort_of(SCHEMA, {0: pl.DataFrame({"text": ROWS * 5})}))
    assert learned.fit_loss[0] < at_first.fit_loss[0] - 0.5


def test_a_path_is_relative_to_the_study_file(tmp_path):
    write_checkpoint(tmp_path / "gpt")
    settings = Transformer.model_validate({"checkpoint": "gpt"}, context={"base": tmp_path})
    settings.check(SCHEMA)
    assert settings.model_dump()["checkpoint"] == "gpt"


def test_a_pickle_is_rejected_with_the_remedy(tmp_path):
    folder = write_checkpoint(tmp_path / "gpt")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(BadInput, match=r"pytorch_model.bin is a pickle.*save the model again as model.safetensors"):
        Transformer(checkpoint=str(folder)).check(SCHEMA)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "llama"}, "type 'llama'.*'gpt2'"),
        ({"activation_function": "relu"}, "'relu'"),
        ({"scale_attn_by_inverse_layer_idx": True}, "'scale_attn_by_inverse_layer_idx' is True"),
        ({"n_embd": 24}, "shape \\(300, 24\\)"),
        ({"eos_token_id": None}, "'eos_token_id'"),
        ({"vocab_size": 260, "eos_token_id": 5}, "config.json has a vocabulary of 260"),
        ({"n_layer": 10**12}, "'n_layer' in config.json is 1000000000000, and model.safetensors has"),
        ({"n_embd": None}, "'n_embd' in config.json is None, and must be a whole number"),
        ({"n_head": 0}, "'n_head' in config.json is 0, and must be a whole number"),
        ({"n_head": 5}, "'n_head' in config.json is 5, which does not divide"),
        ({"n_inner": "x"}, "'n_inner' in config.json is 'x'"),
        ({"layer_norm_epsilon": float("nan")}, "'layer_norm_epsilon' in config.json is nan"),
    ],
)
def test_a_checkpoint_of_another_architecture_is_rejected(tmp_path, changes, words):
    with pytest.raises(BadInput, match=words):
        fitted(write_checkpoint(tmp_path / "gpt", **changes))


@pytest.mark.parametrize(
    "content", [b"null", b"[]", b"1", b"[" * 100_000, b"\xff\xfe", b'{"model_type": "gpt2"}', None]
)
@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_file_of_other_content_is_named_with_what_is_wrong(tmp_path, name, content):
    folder = write_checkpoint(tmp_path / "gpt")
    (folder / name).unlink()
    if content is None:
        (folder / name).mkdir()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(BadInput, match=name):
        fitted(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_missing_file_is_named(tmp_path, name):
    folder = write_checkpoint(tmp_path / "gpt")
    (folder / name).unlink()
    with pytest.raises(BadInput, match=f"no {name}"):
        Transformer(checkpoint=str(folder)).check(SCHEMA)


def test_truncated_or_foreign_weights_are_rejected(tmp_path):
    with pytest.raises(BadInput, match="also has 'crossattention'"):
        fitted(write_checkpoint(tmp_path / "more", tensors=lambda: {**tensors(), "crossattention": torch.zeros(1)}))
    folder = write_checkpoint(tmp_path / "cut")
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(BadInput, match="cannot be read"):
        fitted(folder)


def test_settings_that_a_checkpoint_determines_cannot_be_set():
    with pytest.raises(ValidationError, match="'width' comes from the checkpoint"):
        Transformer(checkpoint="gpt", width=64)
    again = Transformer.model_validate(Transformer(checkpoint="gpt").model_dump())
    assert again.checkpoint == "gpt"


def test_numbers_of_half_precision_are_read(tmp_path):
    _, exact = fitted(write_checkpoint(tmp_path / "exact"))
    halves = {name: tensor.bfloat16() for name, tensor in tensors().items()}
    _, rough = fitted(write_checkpoint(tmp_path / "half", tensors=lambda: halves))
    assert rough.network.parameters["wte.weight"].dtype == torch.float32
    assert np.isclose(rough.fit_loss[0], exact.fit_loss[0], rtol=0.02)
