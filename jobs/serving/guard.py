"""The layer before Dagster's webserver: the UI obeys the user who started it, and no page of another origin.

A browser sends requests for any page that it shows. Dagster's webserver takes them all, mutations by GET included.
Here a request passes only if it names this server (Host), comes from its own pages (Origin, Sec-Fetch-Site), changes
nothing by its address (mutations are JSON by POST), and carries the token: in a cookie that the printed address sets,
or in a header ``Authorization: Bearer …`` for programs.
"""

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

NAMES = ("127.0.0.1", "localhost", "[::1]")
"""Names of this machine that a request may call the server by."""
PARAMETER = "token"
_GRAPHQL = "/graphql"
_HARMLESS = {"op"}
"""What the UI's own pages have in the address of a request: its name, for whoever watches the network."""
_OWN_PAGES = {"same-origin", "none"}
_HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Dagster's webserver behind the layer.

    Args:
        app: the webserver.
        port: on which it is served.
        token: that a request must carry; None asks for none.
    """

    def __init__(self, app: App, *, port: int, token: str | None) -> None:
        self._app, self._token, self._cookie = app, token, f"outcross-{port}"
        self._hosts = {f"{name}:{port}" for name in NAMES} | (set(NAMES) if port == 80 else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = self._refuse_others(scope, headers) or self._refuse_without_token(scope, headers)
        answer = answer or self._refuse_changes_by_address(scope, headers)
        if answer is None:
            await self._app(scope, receive, self._with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await answer(scope, receive, self._with_headers(send))

    def _refuse_others(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse a request that calls this server by another name, or that a page of another origin has sent."""
        host = headers.get("host", "").lower()
        if host not in self._hosts:
            known = ", ".join(sorted(self._hosts))
            return _refusal(f"The header Host names none of {known}. Open the address that 'outcross ui' printed.")
        origins = headers.getlist("origin")
        if any(origin.lower() != f"http://{host}" for origin in origins):
            return _refusal("A page of another origin sent this request. Open the address that 'outcross ui' printed.")
        navigates = scope["type"] == "http" and scope["method"] == "GET" and _navigates(headers)
        if headers.get("sec-fetch-site", "none") not in _OWN_PAGES and not navigates:
            return _refusal("A page of another site sent this request. Open the address that 'outcross ui' printed.")
        return None

    def _refuse_without_token(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse a request without the token; turn an address that has it into a cookie."""
        if self._token is None or self._is_token(_cookie(headers, self._cookie)):
            return self._without_parameter(scope)
        scheme, _, stated = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_token(stated.strip()):
            return None
        if any(name == PARAMETER and self._is_token(value) for name, value in _query(scope)):
            answer = self._without_parameter(scope)
            if answer is not None:
                answer.set_cookie(self._cookie, self._token, httponly=True, samesite="lax", path="/")
                return answer
        return _refusal("The token is missing. Open the address that 'outcross ui' printed, which has it.")

    def _without_parameter(self, scope: Scope) -> Response | None:
        """Redirect a page to its address without the token, so that no history or bookmark keeps it."""
        kept = [(name, value) for name, value in _query(scope) if name != PARAMETER]
        if scope["type"] != "http" or scope["method"] != "GET" or len(kept) == len(_query(scope)):
            return None
        path = "/" + scope["path"].lstrip("/")  # '//host' would be another site
        return RedirectResponse(path + (f"?{urlencode(kept)}" if kept else ""), status_code=303)

    def _refuse_changes_by_address(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse whatever could change something, unless it is JSON by POST, which no form or image can send."""
        if scope["type"] == "websocket":
            return None
        method, is_json = scope["method"], _media_type(headers) == "application/json"
        if method in {"GET", "HEAD"}:
            asks = scope["path"].rstrip("/").endswith(_GRAPHQL)
            return _refusal("GraphQL is asked by POST, in JSON.", status=405) if asks else None
        if method == "POST" and is_json and all(name in _HARMLESS for name, _ in _query(scope)):
            return None
        return _refusal("A change is asked for by POST, in JSON, with nothing of it in the address.", status=415)

    def _is_token(self, stated: str) -> bool:
        return self._token is not None and hmac.compare_digest(stated.encode(), self._token.encode())

    @staticmethod
    def _with_headers(send: Send) -> Send:
        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        return sending


def _refusal(sentence: str, status: int = 403) -> Response:
    return PlainTextResponse(f"{sentence}\n", status_code=status)


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _navigates(headers: Headers) -> bool:
    """Whether a user follows a link to a page of the UI: nothing changes, and no other page reads the answer."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"


def _query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)


def _cookie(headers: Headers, name: str) -> str:
    return cookie_parser("; ".join(headers.getlist("cookie"))).get(name, "")
