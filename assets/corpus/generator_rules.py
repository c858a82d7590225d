"""Whose model made rows, and whether these may be in: patterns of generators that are allowed or denied, and terms.

A pattern is a name, or ``NAME@VERSION``; ``*`` stands for any characters and ``?`` for one. Case does not count. A
pattern without a version is of every version.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Annotated

from pydantic import Field

from outcross.resources.settings import Settings

Pattern = Annotated[str, Field(min_length=1, max_length=400)]


class GeneratorRules(Settings):
    """What a corpus says of generators.

    Attributes:
        allow: patterns of generators whose rows may be in; any generator if None.
        deny: patterns of generators whose rows must not be in, whatever else is allowed.
        terms: pattern → the terms of the generator's output, or the address of their text.
    """

    allow: tuple[Pattern, ...] | None = Field(default=None, description="patterns; any generator if unset")
    deny: tuple[Pattern, ...] = Field(default=(), description="patterns of generators whose rows must not be in")
    terms: dict[Pattern, Annotated[str, Field(min_length=1, max_length=2_000)]] = Field(
        default_factory=dict, description="pattern → terms of what the generator writes, or their address"
    )

    def why_denied(self, name: str | None, version: str | None) -> str | None:
        """Say why rows of a generator must not be in; None where they may.

        A generator without a version may be any of its versions, so a pattern of one of them denies it.
        """
        if name is None:
            return None
        name, version = _split(name, version)
        for pattern in self.deny:
            of_name, of_version = _split_pattern(pattern)
            if not _is_like(of_name, name) or (version is not None and not _is_like(of_version, version)):
                continue
            unstated = " (it states no version)" if version is None and of_version != "*" else ""
            return f"generator '{_called(name, version)}' is denied by '{pattern}' ('generators: deny'){unstated}"
        return None

    def why_unknown(self, origin: str | None, name: str | None, version: str | None) -> str | None:
        """Say why the generator of a row is not among those that are allowed; None where it is, or none made the row.

        Args:
            origin: that the row declares.
            name: of the generator.
            version: of the generator.
        """
        if self.allow is None:
            return None
        allowed = ", ".join(f"'{each}'" for each in self.allow) or "none"
        if name is None:
            if origin not in ("synthetic", "mixed"):
                return None
            return f"the row is declared {origin} and names no generator; allowed are {allowed} ('generators: allow')"
        if find_pattern(self.allow, name, version) is not None:
            return None
        called = _called(*_split(name, version))
        return f"generator '{called}' is not among those allowed: {allowed} ('generators: allow')"

    def terms_of(self, name: str, version: str | None) -> str | None:
        """Return the terms of a generator's output: those of the first pattern that it is like."""
        pattern = find_pattern(self.terms, name, version)
        return None if pattern is None else self.terms[pattern]

    def terms_by_name(self, name: str) -> dict[str, str]:
        """Return the terms of all versions of a generator: pattern → terms."""
        return {
            pattern: text
            for pattern, text in self.terms.items()
            if _is_like(_split_pattern(pattern)[0], _split(name, None)[0])
        }


def find_pattern(patterns: Iterable[str], name: str, version: str | None) -> str | None:
    """Return the first pattern that a generator is like; one that states no version is like no pattern of one."""
    name, version = _split(name, version)
    for pattern in patterns:
        of_name, of_version = _split_pattern(pattern)
        if _is_like(of_name, name) and (of_version == "*" or (version is not None and _is_like(of_version, version))):
            return pattern
    return None


def _split(name: str, version: str | None) -> tuple[str, str | None]:
    """Split ``NAME@VERSION`` where no version is stated besides."""
    name, version = name.strip(), None if version is None else version.strip() or None
    if version is None and "@" in name.strip("@"):
        name, _, version = name.rpartition("@")
    return name, version


def _split_pattern(pattern: str) -> tuple[str, str]:
    name, found, version = pattern.strip().rpartition("@")
    return (name, version) if found and name else (pattern.strip(), "*")


def _called(name: str, version: str | None) -> str:
    return name[:60] if version is None else f"{name[:60]}@{version[:60]}"


def _is_like(pattern: str, text: str) -> bool:
    return _compiled(pattern.casefold()).fullmatch(text.casefold()) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern; runs of ``*`` are one, so that no pattern takes long."""
    parts = re.split(r"(\*+|\?)", pattern)
    spelt = (".*" if part.startswith("*") else "." if part == "?" else re.escape(part) for part in parts)
    return re.compile("".join(spelt), re.DOTALL)
