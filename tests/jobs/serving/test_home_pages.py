"""Data Docs in the home are served below their address, behind the guard, and nothing else of the home is."""

from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from outcross.jobs.files.corpus_pages import docs_address, docs_folder
from outcross.jobs.serving.guard import Guard
from outcross.jobs.serving.home_pages import HomePages


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A client with the token, of a home that has the Data Docs of one corpus beside other files."""
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    docs_folder("people").mkdir(parents=True)
    (docs_folder("people") / "index.html").write_text("<p>suites</p>")
    (tmp_path / "home" / "secret.html").write_text("secret")
    (docs_folder("people") / "out.html").symlink_to(tmp_path / "home" / "secret.html")

    async def dagster(request: Any) -> PlainTextResponse:
        return PlainTextResponse(f"dagster {request.url.path}")

    app = Starlette(routes=[Route("/{path:path}", dagster)])
    return TestClient(Guard(HomePages(app), port=80, token="the-token"), "http://127.0.0.1")


def test_the_link_of_an_asset_leads_to_the_page_and_other_requests_to_dagster(client: TestClient) -> None:
    token = {"authorization": "Bearer the-token"}
    page = client.get(docs_address("people"), headers=token)
    assert (page.text, page.headers["content-type"]) == ("<p>suites</p>", "text/html; charset=utf-8")
    assert client.get("/assets/people/batch", headers=token).text == "dagster /assets/people/batch"
    assert client.get(docs_address("people")).status_code == 403, "without the token"


@pytest.mark.parametrize(
    "path", ["people/../../secret.html", "people/%2e%2e/%2e%2e/secret.html", "people/out.html", "nobody/index.html"]
)
def test_nothing_else_of_the_home_is_served(client: TestClient, path: str) -> None:
    told = client.get(f"/outcross/data-docs/{path}", headers={"authorization": "Bearer the-token"})
    assert "secret" not in told.text.replace("/secret.html", "") and told.status_code in {200, 404}
    assert told.status_code == 404 or told.text.startswith("dagster")
