"""Downloads of sources: bounded in bytes and time, from the address that the user named and from no other.

A redirect to another scheme, host or port is refused, so that no server can send a download to a host that the user did
not name: not to this machine, not into its network, not from ``https`` to ``http``.
"""

import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPMessage, HTTPResponse
from typing import IO
from urllib.parse import urlsplit

from outcross.resources.errors import BadInput

TIMEOUT = 60.0
"""Seconds without an answer after which a download fails."""
MOST_SECONDS = 3_600.0
"""Seconds of a whole download."""
MOST_BYTES = 4 * 2**30
"""Bytes of a download, which is held in memory."""
MOST_REDIRECTS = 5
_PIECE = 2**18


def download(url: str, name: str) -> bytes:
    """Return the content at an address of the web.

    Raises:
        BadInput: it is larger or slower than allowed, or is redirected to another host or scheme.
        OSError: it cannot be opened.
    """
    end = time.monotonic() + MOST_SECONDS
    pieces: list[bytes] = []
    size = 0
    with opened(url, name) as answer:
        while piece := answer.read1(_PIECE):
            size += len(piece)
            pieces.append(piece)
            if size > MOST_BYTES:
                raise BadInput(
                    f"file {name!r} has more than {MOST_BYTES:,} bytes, the most that is downloaded; download it "
                    "yourself, and name the file"
                )
            if time.monotonic() > end:
                raise BadInput(
                    f"file {name!r} was not whole after {MOST_SECONDS:,.0f} seconds ({size:,} bytes); download it "
                    "yourself, and name the file"
                )
        if answer.length:
            raise OSError(f"the connection ended {answer.length:,} bytes early")
    return b"".join(pieces)


@contextmanager
def opened(url: str, name: str, *, method: str = "GET") -> Iterator[HTTPResponse]:
    """Open an address of the web; redirects stay at its scheme, host and port."""
    request = urllib.request.Request(url, method=method)  # noqa: S310 the scheme is http or https
    with urllib.request.build_opener(_SameHost(name)).open(request, timeout=TIMEOUT) as answer:
        yield answer


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows redirects within one scheme, host and port, and refuses others."""

    max_redirections = MOST_REDIRECTS

    def __init__(self, name: str) -> None:
        self._name = name

    def redirect_request(  # noqa: PLR0917 - the signature of urllib
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if _place(req.full_url) != _place(newurl):
            to = urlsplit(newurl)
            raise BadInput(
                f"file {self._name!r} is redirected to {to.scheme}://{to.netloc.rpartition('@')[2]}, another host or "
                "scheme, which is not followed; if you trust it, name the file's address there"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _place(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower())
