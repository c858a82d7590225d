# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Pretrained checkpoints: a local folder in the format of Hugging Face's GPT-2."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from outcross.resources.errors import BadInput
from outcross.resources.generators.transformer.network import Architecture
from outcross.resources.generators.transformer.tokens import PieceTokens

WEIGHTS, CONFIG, TOKENIZER = "model.safetensors", "config.json", "tokenizer.json"
FORMS = ("gelu_new", "gelu_pytorch_tanh")
"""Names of the tanh approximation of GELU."""
REQUIRED_CONFIG = {
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "add_cross_attention": False,
    "tie_word_embeddings": True,
}
"""Settings of GPT-2 with a single supported value, which is the default."""
BUFFERS = (".attn.bias", ".attn.masked_bias")
"""Suffixes of attention masks, which older files store next to the parameters."""


@dataclass(frozen=True)
class PretrainedModel:
    """A pretrained model.

    Attributes:
        architecture: its sizes.
        parameters: name → float32 tensor, without an axis of replicates.
        tokens: its tokenizer.
        sha256: hash of the weights file.
    """

    architecture: Architecture
    parameters: dict[str, Tensor]
    tokens: PieceTokens
    sha256: str


def check_folder(folder: Path) -> None:
    """Reject a folder that lacks a required file.

    Raises:
        BadInput: the message names the file and the remedy.
    """
    if not folder.is_dir():
        raise _bad_checkpoint(
            folder, "there is no such folder", "correct 'checkpoint' (paths are relative to the study file)"
        )
    if not (folder / WEIGHTS).is_file():
        if (folder / "pytorch_model.bin").exists():
            wrong = "pytorch_model.bin is a pickle, which can run any code and is never opened"
            raise _bad_checkpoint(folder, wrong, f"save the model again as {WEIGHTS} with save_pretrained(…)")
        if (folder / f"{WEIGHTS}.index.json").exists():
            wrong = "its weights are split over several files"
            raise _bad_checkpoint(
                folder, wrong, f"save them as one {WEIGHTS} with save_pretrained(…, max_shard_size='100GB')"
            )
        raise _bad_checkpoint(folder, f"it has no {WEIGHTS}", "save the model into it with save_pretrained(…)")
    for name, remedy in (
        (CONFIG, "save the model into it with save_pretrained(…)"),
        (TOKENIZER, "save a fast tokenizer into it with save_pretrained(…)"),
    ):
        if not (folder / name).is_file():
            raise _bad_checkpoint(folder, f"it has no {name}", remedy)


def identify_folder(folder: Path) -> str:
    """Hash the content of the files that a model is read from; raises ``BadInput`` as :func:`check_folder` does."""
    check_folder(folder)
    digests = []
    for name in (WEIGHTS, CONFIG, TOKENIZER):
        try:
            with (folder / name).open("rb") as file:
                digests.append(hashlib.file_digest(file, "sha256").hexdigest())
        except OSError as error:
            raise _bad_checkpoint(folder, f"{name} cannot be opened ({error.strerror})", "make it readable") from None
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def read_pretrained(folder: Path) -> PretrainedModel:
    """Read a pretrained model, without unpickling and without downloads.

    Raises:
        BadInput: a file is missing or corrupt, or the architecture is not GPT-2's.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    check_folder(folder)
    config = _config(folder)
    content = _read(folder, WEIGHTS)
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise _bad_checkpoint(folder, f"{WEIGHTS} cannot be read ({error})", "copy or save it again") from None
    architecture = _architecture(folder, config, tensors=len(tensors))
    end = config.get("eos_token_id")
    if not isinstance(end, int) or not 0 <= end < architecture.vocabulary:
        raise _bad_checkpoint(folder, f"'eos_token_id' in {CONFIG} is {end!r}", "set it to the id of the end of text")
    tokens = PieceTokens.read(_read_text(folder, TOKENIZER), end=end)
    if tokens.size > architecture.vocabulary:
        wrong = f"{TOKENIZER} has {tokens.size:,} tokens, but {CONFIG} has a vocabulary of {architecture.vocabulary:,}"
        raise _bad_checkpoint(folder, wrong, "use the tokenizer that belongs to the model")
    parameters = _parameters(folder, tensors, architecture)
    return PretrainedModel(architecture, parameters, tokens, hashlib.sha256(content).hexdigest())


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads(_read_text(folder, CONFIG))
    except (ValueError, RecursionError) as error:
        raise _bad_checkpoint(folder, f"{CONFIG} is not JSON ({error})", "save it again") from None
    if not isinstance(config, dict):
        raise _bad_checkpoint(folder, f"{CONFIG} is no object of JSON", "save it again")
    kind = config.get("model_type")
    if kind != "gpt2":
        raise _bad_checkpoint(folder, f"it holds a model of type {kind!r}", "use a model of type 'gpt2'")
    if (form := config.get("activation_function", FORMS[0])) not in FORMS:
        raise _bad_checkpoint(folder, f"its 'activation_function' is {form!r}", f"use a model with {FORMS[0]!r}")
    for name, value in REQUIRED_CONFIG.items():
        if config.get(name, value) != value:
            raise _bad_checkpoint(
                folder, f"its '{name}' is {config[name]!r}", f"use a model with {value!r}, GPT-2's default"
            )
    return config


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise _bad_checkpoint(folder, f"{name} cannot be opened ({error.strerror})", "make it readable") from None


def _read_text(folder: Path, name: str) -> str:
    try:
        return _read(folder, name).decode()
    except UnicodeDecodeError as error:
        raise _bad_checkpoint(folder, f"{name} is no text in UTF-8 ({error})", "save it again") from None


def _architecture(folder: Path, config: Mapping[str, Any], *, tensors: int) -> Architecture:
    """The sizes that a model of so many tensors states; those of its tensors are compared later."""
    again = "save the model again with save_pretrained(…)"

    def size(key: str) -> int:
        if key not in config:
            raise _bad_checkpoint(folder, f"{CONFIG} has no key '{key}'", again)
        if not isinstance(value := config[key], int) or isinstance(value, bool) or value < 1:
            raise _bad_checkpoint(folder, f"'{key}' in {CONFIG} is {value!r:.100}, and must be a whole number", again)
        return value

    width, layers, heads = size("n_embd"), size("n_layer"), size("n_head")
    if width % heads:
        raise _bad_checkpoint(folder, f"'n_head' in {CONFIG} is {heads}, which does not divide {width} units", again)
    if layers > tensors:
        raise _bad_checkpoint(folder, f"'n_layer' in {CONFIG} is {layers}, and {WEIGHTS} has {tensors} tensors", again)
    epsilon = config.get("layer_norm_epsilon", 1e-5)
    if not isinstance(epsilon, float) or not 0 < epsilon < 1:
        wrong = f"'layer_norm_epsilon' in {CONFIG} is {epsilon!r:.100}"
        raise _bad_checkpoint(folder, wrong, "use a model with a number between 0 and 1")
    return Architecture(
        vocabulary=size("vocab_size"),
        context=size("n_positions"),
        width=width,
        layers=layers,
        heads=heads,
        inner=size("n_inner") if config.get("n_inner") is not None else 4 * width,
        epsilon=epsilon,
    )


def _parameters(folder: Path, tensors: Mapping[str, Tensor], architecture: Architecture) -> dict[str, Tensor]:
    """Select the parameters as float32, under the names of the file without the prefix ``transformer.``."""
    found = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}
    parameters, shapes = {}, architecture.shapes()
    for name, shape in shapes.items():
        tensor = found.get(name)
        if tensor is None or tuple(tensor.shape) != shape:
            has = "no such tensor" if tensor is None else f"one of shape {tuple(tensor.shape)}"
            raise _bad_checkpoint(
                folder, f"{WEIGHTS} must have '{name}' of shape {shape}, but has {has}", "save it again"
            )
        parameters[name] = tensor.to(torch.float32)
    extra = [name for name in found if name not in shapes and name != "lm_head.weight" and not name.endswith(BUFFERS)]
    if extra:
        raise _bad_checkpoint(folder, f"{WEIGHTS} also has '{extra[0]}'", "use a plain GPT-2 language model")
    return parameters


def _bad_checkpoint(folder: Path, wrong: str, remedy: str) -> BadInput:
    return BadInput(f"generator 'transformer': checkpoint '{folder}': {wrong}; {remedy}")
