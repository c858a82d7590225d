"""Whom settings name to be told or asked: the owners of assets, and the address that failures are posted to."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,7}")
_TEAM = "team:"


def _check_owner(owner: str) -> str:
    """Refuse an owner that Dagster does not take: no asset of the file could then be shown."""
    if _EMAIL.fullmatch(owner) or (owner.startswith(_TEAM) and len(owner) > len(_TEAM)):
        return owner
    raise ValueError(f"{owner!r:.80} is no owner; write an email address, or 'team:' and the name of a team")


def _check_webhook(url: str) -> str:
    """Refuse an address that nothing can be posted to."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError as error:
        raise ValueError(f"is no URL that can be posted to ({error}); write https://HOST/PATH") from None
    if not usable:
        raise ValueError("is no URL that can be posted to: it names no host, or no port; write https://HOST/PATH")
    return url


Owner = Annotated[str, AfterValidator(_check_owner)]
"""An owner of assets: an email address, or ``team:NAME``."""
Webhook = Annotated[str, Field(pattern=r"^https?://[^\s/]"), AfterValidator(_check_webhook)]
"""The http or https URL that failures are posted to."""
