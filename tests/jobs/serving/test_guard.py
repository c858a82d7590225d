"""What passes the layer before Dagster's webserver, request by request: of pages, forms, images, sockets, programs."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from outcross.jobs.serving.guard import Guard

PORT, TOKEN = 3000, "the-token"
OWN = {"host": f"127.0.0.1:{PORT}", "cookie": f"outcross-{PORT}={TOKEN}"}
JSON = {"content-type": "application/json"}


def answer(
    method: str = "GET",
    address: str = "/runs",
    *,
    kind: str = "http",
    token: str | None = TOKEN,
    **headers: str,
) -> tuple[int, dict[str, str]]:
    """Send a request through the layer; return its status (of a socket: 101, or what closes it) and headers."""
    path, _, query = address.partition("?")
    stated = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "query_string": query.encode(), "headers": stated, "method": method}
    sent: list[MutableMapping[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        opened = {"type": "websocket.accept"} if kind == "websocket" else {"type": "http.response.start", "status": 200}
        await send({**opened, "headers": []})

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Guard(app, port=PORT, token=token)(scope, receive, send))
    if kind == "websocket":
        return sent[0].get("code", 101), {}
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


@pytest.mark.parametrize(
    ("status", "method", "address", "headers"),
    [
        (200, "GET", "/runs", {}),
        (200, "GET", "/runs", {"host": f"LOCALHOST:{PORT}"}),
        (200, "POST", "/graphql", {**JSON, "origin": f"http://127.0.0.1:{PORT}", "sec-fetch-site": "same-origin"}),
        (200, "POST", "/graphql", {"content-type": "application/json; charset=utf-8"}),
        (200, "POST", "/graphql?op=CodeLocationStatusQuery", JSON),
        (200, "GET", "/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}),
        (200, "GET", "/runs", {"cookie": f"other=a b{{; outcross-{PORT}={TOKEN}"}),
        (403, "GET", "/runs", {"host": "evil.example"}),
        (403, "GET", "/runs", {"host": f"evil.example:{PORT}"}),
        (403, "GET", "/runs", {"host": "127.0.0.1:3001"}),
        (403, "GET", "/runs", {"host": ""}),
        (403, "POST", "/graphql", {**JSON, "origin": "http://evil.example"}),
        (403, "POST", "/graphql", {**JSON, "origin": "null"}),
        (403, "POST", "/graphql", {**JSON, "origin": "http://127.0.0.1:4000"}),
        (403, "POST", "/graphql", {**JSON, "origin": f"http://localhost:{PORT}"}),
        (403, "POST", "/graphql", {**JSON, "origin": f"https://127.0.0.1:{PORT}"}),
        (403, "GET", "/runs", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}),
        (
            403,
            "GET",
            "/runs",
            {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        ),
        (403, "GET", "/runs", {"cookie": ""}),
        (403, "GET", "/runs", {"cookie": f"outcross-{PORT}=another"}),
        (403, "GET", "/runs", {"cookie": f"outcross-3001={TOKEN}"}),
        (403, "GET", "/?token=another", {"cookie": ""}),
        (405, "GET", "/graphql?query=mutation", {}),
        (405, "GET", "/graphql", {"accept": "text/html"}),
        (415, "POST", "/graphql?query=mutation", {}),
        (415, "POST", "/graphql?query=mutation", JSON),
        (415, "POST", "/graphql", {"content-type": "text/plain"}),
        (415, "POST", "/graphql", {"content-type": "application/graphql"}),
        (415, "POST", "/graphql", {"content-type": "text/plain; application/json"}),
        (415, "POST", "/report_asset_materialization/a", {"content-type": "application/x-www-form-urlencoded"}),
        (415, "POST", "/report_asset_check/a", {"content-type": "multipart/form-data"}),
        (415, "DELETE", "/runs", JSON),
        (415, "OPTIONS", "/graphql", {}),
    ],
)
def test_a_request_passes_only_if_its_user_sent_it(
    status: int, method: str, address: str, headers: dict[str, str]
) -> None:
    assert answer(method, address, **{**OWN, **headers})[0] == status


@pytest.mark.parametrize(
    ("code", "headers"),
    [
        (101, {"origin": f"http://127.0.0.1:{PORT}"}),
        (1008, {"origin": "http://evil.example"}),
        (1008, {"origin": f"http://127.0.0.1:{PORT}", "cookie": ""}),
        (1008, {"host": "evil.example", "origin": "http://evil.example"}),
    ],
)
def test_a_socket_opens_for_its_own_pages_alone(code: int, headers: dict[str, str]) -> None:
    assert answer("", "/graphql", kind="websocket", **{**OWN, **headers})[0] == code


def test_the_printed_address_becomes_a_cookie_that_no_script_reads_and_an_address_without_the_token() -> None:
    status, headers = answer("GET", f"/runs?a=1&token={TOKEN}&b=2", host=OWN["host"])
    assert (status, headers["location"]) == (303, "/runs?a=1&b=2")
    assert headers["set-cookie"] == f"outcross-{PORT}={TOKEN}; HttpOnly; Path=/; SameSite=lax"
    assert headers["referrer-policy"] == "no-referrer" and headers["x-frame-options"] == "DENY"
    assert answer("GET", f"//evil.example/?token={TOKEN}", host=OWN["host"])[1]["location"] == "/evil.example/"


def test_a_program_states_the_token_in_a_header_and_nobody_needs_one_where_none_is_asked_for() -> None:
    asked = {"host": OWN["host"], **JSON}
    assert answer("POST", "/graphql", **asked, authorization=f"Bearer {TOKEN}")[0] == 200
    assert answer("POST", "/graphql", **asked, authorization="Bearer another")[0] == 403
    assert answer("POST", "/graphql", **asked, token=None)[0] == 200
    assert answer("POST", "/graphql", **asked, token=None, origin="http://evil.example")[0] == 403
