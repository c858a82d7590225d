"""Licences by the names that others know them by: SPDX for Croissant, the Hub's identifiers for dataset cards.

SPDX's identifiers come with ``packaging``. The Hub's own list comes with no library, so those of its licences that
SPDX names as well stand here: an identifier that the Hub does not know would have it refuse the card.

Sources: https://spdx.org/licenses/, https://huggingface.co/docs/hub/repositories-licenses.
"""

import re
from urllib.parse import urlsplit

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

_IDENTIFIER = re.compile(r"(?!licenseref-)[a-z0-9.-]{1,64}")
_SHORT = {"odbl": "ODbL-1.0", "odc-by": "ODC-By-1.0", "pddl": "PDDL-1.0"}
"""What people call licences of which SPDX knows the versions alone."""
_HUB = {
    "afl-3.0", "agpl-3.0", "apache-2.0", "artistic-2.0", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear",
    "bsl-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0",
    "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0",
    "cc-by-sa-3.0", "cc-by-sa-4.0", "cc0-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "cdla-sharing-1.0",
    "ecl-2.0", "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "gpl-2.0", "gpl-3.0", "isc", "lgpl-2.1", "lgpl-3.0",
    "lppl-1.3c", "mit", "mpl-2.0", "ms-pl", "ncsa", "ofl-1.1", "osl-3.0", "postgresql", "unlicense", "wtfpl", "zlib",
}  # fmt: skip
"""SPDX's identifiers that the Hub knows, in its spelling."""
_HUB_FAMILIES = {
    "c-uda-1.0": "c-uda",
    "gfdl-1.3-only": "gfdl",
    "odbl-1.0": "odbl",
    "odc-by-1.0": "odc-by",
    "pddl-1.0": "pddl",
}
"""Licences that the Hub knows by the name of their family."""


def spdx(licence: str) -> str | None:
    """The SPDX identifier of a licence that states one, in whatever case; None for any other text."""
    name = licence.strip().lower().replace("_", "-").replace(" ", "-")
    if name in _SHORT:
        return _SHORT[name]
    if not _IDENTIFIER.fullmatch(name):
        return None
    try:
        return canonicalize_license_expression(name)
    except InvalidLicenseExpression:
        return None


def licence_url(licence: str) -> str | None:
    """Where a licence can be read: its page at SPDX, or the address that it is; None for any other text."""
    if (identifier := spdx(licence)) is not None:
        return f"https://spdx.org/licenses/{identifier}.html"
    return licence.strip() if _is_web_address(licence.strip()) else None


def hub_licence(licence: str) -> str:
    """The identifier that the Hub knows a licence by; ``other`` where it knows none."""
    name = (spdx(licence) or "other").lower()
    return _HUB_FAMILIES.get(name) or (name if name in _HUB else "other")


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
