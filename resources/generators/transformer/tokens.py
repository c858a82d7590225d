"""The tokenizers of a language model: bytes, or byte-pair encoding learned from its training rows."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from outcross.resources.errors import BadInput

if TYPE_CHECKING:
    import tokenizers

BYTES = 256


@dataclass(frozen=True)
class TokenRows:
    """Rows of tokens, concatenated.

    Attributes:
        ids: int32 (tokens,).
        lengths: int64 (rows,), tokens of each row.
    """

    ids: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Self:
        """Concatenate rows."""
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        ids = np.fromiter(chain.from_iterable(rows), dtype=np.int32, count=int(lengths.sum()))
        return cls(ids, lengths)

    @property
    def starts(self) -> np.ndarray:
        """Start of each row, (rows,)."""
        result: np.ndarray = np.cumsum(self.lengths) - self.lengths
        return result

    def with_end(self, end: int) -> "TokenRows":
        """Append an end-of-text token to each row."""
        return TokenRows(np.insert(self.ids, np.cumsum(self.lengths), end), self.lengths + 1)

    def prefixes(self, count: int) -> np.ndarray:
        """Return the first tokens of each row, int32 (rows, count); −1 after its last."""
        places = np.arange(count)
        within = places < self.lengths[:, None]
        found = np.full(within.shape, -1, dtype=np.int32)
        found[within] = self.ids[(self.starts[:, None] + places)[within]]
        return found


class Tokens(Protocol):
    """A tokenizer of texts.

    Attributes:
        size: number of tokens, end of text included; ids are below it.
        end: the id of the end-of-text token, which also starts a text; no text contains it.
    """

    @property
    def size(self) -> int: ...  # noqa: D102
    @property
    def end(self) -> int: ...  # noqa: D102

    def encode(self, texts: Sequence[str]) -> TokenRows:
        """Return the tokens of each text, without an end."""

    def decode(self, rows: Sequence[np.ndarray]) -> list[str]:
        """Return the texts of tokens; invalid UTF-8 becomes U+FFFD."""

    def spelling(self) -> list[bytes] | None:
        """Return the bytes of each token but the end; None where tokens are not made of bytes."""

    def to_json(self) -> str:
        """Serialise the tokenizer as JSON; :func:`read_tokens` rebuilds it."""


@dataclass(frozen=True)
class ByteTokens:
    """The 256 bytes of UTF-8, and an end-of-text token."""

    @property
    def size(self) -> int:
        """257."""
        return BYTES + 1

    @property
    def end(self) -> int:
        """256."""
        return BYTES

    def encode(self, texts: Sequence[str]) -> TokenRows:
        """Return the bytes of each text."""
        rows = [text.encode() for text in texts]
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        return TokenRows(np.frombuffer(b"".join(rows), dtype=np.uint8).astype(np.int32), lengths)

    def decode(self, rows: Sequence[np.ndarray]) -> list[str]:
        """Return the texts of bytes."""
        return [row.astype(np.uint8).tobytes().decode("utf-8", errors="replace") for row in rows]

    def spelling(self) -> list[bytes]:
        """Return the bytes."""
        return [bytes([number]) for number in range(BYTES)]

    def to_json(self) -> str:
        """Serialise its kind as JSON."""
        return json.dumps({"kind": "bytes"})


@dataclass(frozen=True)
class PieceTokens:
    """Byte-pair encoding (BPE; Sennrich et al. 2016, arXiv 1508.07909; over bytes as GPT-2's).

    Attributes:
        tokenizer: of the ``tokenizers`` library.
        size: see :class:`Tokens`.
        end: see :class:`Tokens`.
    """

    tokenizer: "tokenizers.Tokenizer"
    size: int
    end: int

    @classmethod
    def learn(cls, texts: Sequence[str], *, vocabulary: int) -> Self:
        """Learn merges from texts: at most ``vocabulary`` tokens with the end, fewer where no pair occurs twice."""
        library = _tokenizers()
        learner = library.trainers.BpeTrainer(
            vocab_size=vocabulary - 1,
            min_frequency=2,
            initial_alphabet=sorted(library.pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        )
        tokenizer = library.Tokenizer(library.models.BPE())
        tokenizer.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = library.decoders.ByteLevel()
        tokenizer.train_from_iterator(texts, learner, length=len(texts))
        return cls(tokenizer, tokenizer.get_vocab_size() + 1, tokenizer.get_vocab_size())

    @classmethod
    def read(cls, text: str, *, end: int | None = None) -> Self:
        """Read a ``tokenizer.json``; ``end`` is the id of its end-of-text token, which no text is encoded to.

        Raises:
            BadInput: the library cannot read it.
        """
        library = _tokenizers()
        try:
            tokenizer = library.Tokenizer.from_str(text)
        except Exception as error:  # the library raises no narrower class
            raise BadInput(f"tokenizer.json cannot be read ({error}); save it again with a current library") from None
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True  # a text that spells the end-of-text token does not end there
        known = tokenizer.get_vocab_size()
        return cls(tokenizer, known + 1, known) if end is None else cls(tokenizer, max(known, end + 1), end)

    def encode(self, texts: Sequence[str]) -> TokenRows:
        """Return the tokens of each text."""
        return TokenRows.of([found.ids for found in self.tokenizer.encode_batch(texts, add_special_tokens=False)])

    def decode(self, rows: Sequence[np.ndarray]) -> list[str]:
        """Return the texts of tokens."""
        return self.tokenizer.decode_batch([row.tolist() for row in rows], skip_special_tokens=False)

    def spelling(self) -> list[bytes] | None:
        """Return the bytes of each token but the end, if the tokenizer's decoder is that of GPT-2."""
        if (json.loads(self.tokenizer.to_str()).get("decoder") or {}).get("type") != "ByteLevel":
            return None
        byte = _bytes_of_letters()
        words = ((self.tokenizer.id_to_token(number) or "") for number in range(self.size) if number != self.end)
        pieces = [
            bytes(byte[letter] for letter in word) if byte.keys() >= set(word) else word.encode() for word in words
        ]
        return [*pieces[: self.end], b"", *pieces[self.end :]]

    def to_json(self) -> str:
        """Serialise the ``tokenizer.json``, its size and the id of the end as JSON."""
        return json.dumps({"kind": "bpe", "end": self.end, "size": self.size, "tokenizer": self.tokenizer.to_str()})


def _bytes_of_letters() -> dict[str, int]:
    """Return the byte that each letter of GPT-2's alphabet stands for: visible bytes stand for themselves."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [number for number in range(BYTES) if number not in visible]
    return {chr(number): number for number in visible} | {chr(BYTES + n): number for n, number in enumerate(others)}


def read_tokens(text: str) -> Tokens:
    """Rebuild a tokenizer from :meth:`Tokens.to_json`."""
    content = json.loads(text)
    if content["kind"] == "bytes":
        return ByteTokens()
    read = PieceTokens.read(content["tokenizer"])
    return PieceTokens(read.tokenizer, content["size"], content["end"])


def _tokenizers() -> Any:
    """Import the library without threads of its own, since Outcross bounds the threads of a step."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import tokenizers

    return tokenizers
