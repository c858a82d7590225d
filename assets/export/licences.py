"""Licences by the names that others know them by: SPDX for Croissant, the Hub's identifiers for dataset cards."""

from urllib.parse import urlsplit

_KNOWN = (
    "Apache-2.0",
    "MIT",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CC-BY-2.0",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-3.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-3.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0",
    "CC-BY-NC-ND-4.0",
    "CDLA-Permissive-1.0",
    "CDLA-Permissive-2.0",
    "CDLA-Sharing-1.0",
    "ODbL-1.0",
    "ODC-By-1.0",
    "PDDL-1.0",
    "Unlicense",
    "GFDL-1.3-only",
)
_HUB = {"odbl-1.0": "odbl", "odc-by-1.0": "odc-by", "pddl-1.0": "pddl", "gfdl-1.3-only": "gfdl"}
_BY_NAME = {name.lower(): name for name in _KNOWN} | {"odbl": "ODbL-1.0", "odc-by": "ODC-By-1.0", "pddl": "PDDL-1.0"}


def spdx(licence: str) -> str | None:
    """The SPDX identifier of a licence that states one, in whatever case; None for any other text."""
    return _BY_NAME.get(licence.strip().lower().replace("_", "-").replace(" ", "-"))


def licence_url(licence: str) -> str | None:
    """Where a licence can be read: its page at SPDX, or the address that it is; None for any other text."""
    if (known := spdx(licence)) is not None:
        return f"https://spdx.org/licenses/{known}.html"
    return licence.strip() if _is_web_address(licence.strip()) else None


def hub_licence(licence: str) -> str:
    """The identifier that the Hub knows a licence by; ``other`` where it knows none."""
    known = spdx(licence)
    return _HUB.get(known.lower(), known.lower()) if known else "other"


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.netloc)
        and text.isascii()
        and not set(text) & set(" <>\"'\\^`{|}")
    )
