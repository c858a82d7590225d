"""Manifests of C2PA in pictures: who says what, and whether the signature and the hashes hold.

Specification: https://spec.c2pa.org. They are read by ``c2pa-python``, which is an extra; without it a picture that
bears a manifest is told, and not looked into. Nothing is fetched: no remote manifest, and no state of a certificate.
"""

import io
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from outcross.assets.corpus.marks.mark import Mark, most_said
from outcross.assets.corpus.marks.source_types import code_of, says_of
from outcross.resources.errors import reason_of

KIND = "C2PA"
NOT_INSTALLED = "manifests of C2PA are not looked into without c2pa-python: pip install 'outcross[c2pa]'"
MOST_BYTES = 64 * 2**20
"""Bytes of a picture whose manifest is looked into."""
_MOST_MANIFESTS = 32
_UNTRUSTED = "signingCredential.untrusted"
_SETTINGS = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True}}


def read_manifest(content: bytes, mime: str) -> Mark:
    """Read and check the manifest of a picture that has one; a manifest that does not hold is a mark with a doubt."""
    library = _library()
    if library is None:
        return Mark(kind=KIND, says=None, statement="a manifest", doubt=NOT_INSTALLED)
    if len(content) > MOST_BYTES:
        return Mark(
            kind=KIND, says=None, statement="a manifest", doubt=f"the picture has more than {MOST_BYTES:,} bytes"
        )
    c2pa, context = library
    try:
        with c2pa.Reader(mime, io.BytesIO(content), context=context) as reader:
            found = json.loads(reader.json())
    except (c2pa.C2paError, ValueError, RecursionError) as error:
        reason = reason_of(error)
        return Mark(kind=KIND, says=None, statement="a manifest", doubt=f"it cannot be read ({reason})")
    return _describe(found)


def _describe(found: Mapping[str, Any]) -> Mark:
    manifests = dict(_reachable(found))
    active = manifests.get(str(found.get("active_manifest")), {})
    codes = [code for each in manifests.values() for code in _codes(each)]
    statement = ", ".join(f"digitalSourceType {code}" for code in dict.fromkeys(codes)) or "no digital source type"
    signer = str((active.get("signature_info") or {}).get("issuer") or "a signer without a name")[:80]
    return Mark(
        kind=KIND,
        says=most_said(says_of(code) for code in codes),
        statement=f"{statement}, signed by {signer}{'' if _is_trusted(found) else ' (no list of trust names it)'}",
        generator=_generator(active),
        doubt="" if found.get("validation_state") in ("Valid", "Trusted") else _why_invalid(found),
    )


def _reachable(found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the active manifest, and those of what it was made from."""
    every = found.get("manifests") or {}
    waiting, seen = [str(found.get("active_manifest"))], set[str]()
    while waiting and len(seen) < _MOST_MANIFESTS:
        name = waiting.pop()
        if name in seen or not isinstance(every.get(name), dict):
            continue
        seen.add(name)
        yield name, every[name]
        waiting += [str(each.get("active_manifest")) for each in every[name].get("ingredients") or []]


def _codes(manifest: Mapping[str, Any]) -> Iterator[str]:
    for assertion in manifest.get("assertions") or []:
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            for action in (assertion.get("data") or {}).get("actions") or []:
                if isinstance(value := action.get("digitalSourceType"), str) and (code := code_of(value)) is not None:
                    yield code


def _generator(manifest: Mapping[str, Any]) -> str | None:
    for info in manifest.get("claim_generator_info") or []:
        if isinstance(info, dict) and info.get("name"):
            return f"{info['name']}@{info['version']}" if info.get("version") else str(info["name"])
    return None


def _is_trusted(found: Mapping[str, Any]) -> bool:
    return found.get("validation_state") == "Trusted"


def _why_invalid(found: Mapping[str, Any]) -> str:
    failures = ((found.get("validation_results") or {}).get("activeManifest") or {}).get("failure") or []
    codes = [str(each.get("code")) for each in failures if each.get("code") != _UNTRUSTED]
    return f"its signature or hashes do not hold ({', '.join(dict.fromkeys(codes)) or 'invalid'}), so it proves nothing"


@cache
def _library() -> tuple[Any, Any] | None:
    """Return the library and how it reads; None where it is not installed."""
    try:
        import c2pa
    except ImportError:
        return None
    return c2pa, c2pa.Context(c2pa.Settings.from_dict(_SETTINGS))
