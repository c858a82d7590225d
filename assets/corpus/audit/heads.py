"""The head of a ledger, kept outside the store or signed: what an audit compares a ledger with.

A signed head is a file ``heads/00000012.json`` of the corpus: its name, the version, the head, and a signature by an
Ed25519 key. It needs no other place to be kept: without the key nobody makes another.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outcross.assets.corpus.files import HEADS
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput, reason_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_SHA256 = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")
_LARGEST = 2**20
_SIGNED = ("corpus", "version", "head")
"""Fields that a signature is of."""


@dataclass(frozen=True, kw_only=True)
class SignedHead:
    """A signed head: the file that holds it, and what it says."""

    path: str
    version: int
    head: str


def read_head(digest_or_file: str) -> str:
    """Return a head that was kept: 64 hexadecimal digits, or a file with them, such as what ``audit`` printed.

    Raises:
        BadInput: it is neither.
    """
    if _SHA256.fullmatch(digest_or_file):
        return digest_or_file.lower()
    path = Path(digest_or_file)
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such file"
        raise BadInput(
            f"{digest_or_file!r:.120} is neither 64 hexadecimal digits nor a file that can be read ({reason}); "
            "give what 'outcross audit' printed as the head"
        ) from None
    try:
        found = json.loads(text)
        stated = found.get("head") if isinstance(found, dict) else None
    except ValueError:
        stated = None
    matches = _SHA256.findall(str(stated) if stated is not None else text)
    if not matches:
        raise BadInput(f"{path} has no head of 64 hexadecimal digits; keep what 'outcross audit' prints as the head")
    return str(matches[0]).lower()


def sign_head(files: CorpusStore, key: Path, *, version: int, head: str) -> str:
    """Sign the head of a ledger, and store it; return the path of its file within the corpus's folder.

    Args:
        files: the corpus's folder.
        key: file of an Ed25519 private key, in PEM or OpenSSH's format, without a passphrase.
        version: number of the last version.
        head: sha256 of its file.

    Raises:
        BadInput: the key cannot be read, or ``cryptography`` is not installed.
    """
    private = _private_key(key)
    content = {"corpus": files.corpus, "version": version, "head": head}
    signature = base64.b64encode(private.sign(_message(content))).decode()
    path = f"{HEADS}/{version:08d}.json"
    files.put(path, json.dumps(content | {"signature": signature}, indent=1).encode())
    return path


def verify_heads(files: CorpusStore, key: Path) -> Iterator[tuple[str, SignedHead | None]]:
    """Yield the path of each signed head, and what it says; None where it is not signed by this key.

    Args:
        files: the corpus's folder.
        key: file of an Ed25519 public key, in PEM or OpenSSH's format.

    Raises:
        BadInput: the key cannot be read, or ``cryptography`` is not installed.
    """
    public = _public_key(key)
    from cryptography.exceptions import InvalidSignature

    for path in files.list(HEADS):
        try:
            found = json.loads(files.get(path))
            public.verify(base64.b64decode(found["signature"], validate=True), _message(found))
            head = SignedHead(path=path, version=int(found["version"]), head=str(found["head"]))
            is_ours = found["corpus"] == files.corpus
        except (InvalidSignature, ValueError, KeyError, TypeError):
            yield path, None
        else:
            yield path, head if is_ours else None


def _message(content: dict[str, Any]) -> bytes:
    """The bytes that are signed: the same for the same head, whatever else its file says."""
    return b"outcross head\n" + json.dumps({name: content[name] for name in _SIGNED}, sort_keys=True).encode()


def _private_key(path: Path) -> "Ed25519PrivateKey":
    return _load_key(path, private=True)  # type: ignore[no-any-return]


def _public_key(path: Path) -> "Ed25519PublicKey":
    return _load_key(path, private=False)  # type: ignore[no-any-return]


def _load_key(path: Path, *, private: bool) -> Any:
    """Load a key of either kind, in PEM or OpenSSH's format."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise BadInput("signing needs the package 'cryptography'; install 'outcross[sign]'") from None
    kind = "private" if private else "public"
    made = "openssl genpkey -algorithm ed25519 -out key.pem"
    remedy = f"make one with '{made}'" if private else "make it with 'openssl pkey -in key.pem -pubout -out public.pem'"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: the key cannot be read ({error.strerror}); check the path") from None
    is_ssh = content.startswith((b"ssh-", b"-----BEGIN OPENSSH"))
    try:
        if private:
            load = serialization.load_ssh_private_key if is_ssh else serialization.load_pem_private_key
            found: Any = load(content, password=None)
        else:
            found = (serialization.load_ssh_public_key if is_ssh else serialization.load_pem_public_key)(content)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        reason = reason_of(error)
        raise BadInput(f"{path}: no {kind} key without a passphrase ({reason}); {remedy}") from None
    if not isinstance(found, ed25519.Ed25519PrivateKey if private else ed25519.Ed25519PublicKey):
        raise BadInput(f"{path}: not an Ed25519 {kind} key; {remedy}")
    return found
