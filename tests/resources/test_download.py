"""Downloads end: in bytes, in time, and at the host that was named."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from outcross.resources.errors import BadInput
from outcross.resources.sources import Files
from outcross.resources.sources import download as downloads
from outcross.resources.sources.locate import SourceFile

ROWS = b"a,b\n1,x\n2,y\n"


class Server(BaseHTTPRequestHandler):
    """Serves rows; ``/to?URL`` redirects there, ``/short`` ends early, ``/drip`` sends byte by byte."""

    def do_GET(self) -> None:
        path, _, target = self.path.partition("?")
        self.send_response(302 if path == "/to" else 200)
        if path == "/to":
            self.send_header("Location", target)
        length = len(ROWS) + (path == "/short")
        self.send_header("Content-Length", str(0 if path == "/to" else length))
        self.end_headers()
        for each in [] if path == "/to" else [ROWS[i : i + 1] for i in range(len(ROWS))] if path == "/drip" else [ROWS]:
            self.wfile.write(each)
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def read(url: str) -> bytes:
    return SourceFile("rows.csv", url).read()


def test_rows_are_downloaded_and_a_redirect_within_the_host_is_followed(address: str) -> None:
    for path in ("/rows.csv", "/drip", f"/to?{address}/rows.csv", "/to?/rows.csv"):
        assert read(address + path) == ROWS


@pytest.mark.parametrize(
    "target", ["http://localhost:{port}/rows.csv", "https://127.0.0.1:{port}/rows.csv", "http://127.0.0.1:1/rows.csv"]
)
def test_a_redirect_to_another_host_port_or_scheme_is_refused_with_its_address(address: str, target: str) -> None:
    port = address.rpartition(":")[2]
    url = f"{address}/to?{target.format(port=port)}"
    for ask in (read, lambda url: Files(path=url, format="csv").content_version()):
        with pytest.raises(
            BadInput, match=r"is redirected to https?://.*, another host or scheme, which is not followed"
        ):
            ask(url)


def test_a_redirect_to_a_file_of_this_machine_is_refused(address: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(BadInput, match=r"rows\.csv") as told:
        read(f"{address}/to?{(tmp_path / 'secret').as_uri()}")
    assert "is not allowed" in str(told.value)


def test_a_download_beyond_its_bytes_or_its_time_is_refused_and_so_is_a_short_one(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match=r"rows\.csv. cannot be opened"):
        read(f"{address}/short")
    monkeypatch.setattr(downloads, "MOST_BYTES", len(ROWS) - 1)
    with pytest.raises(BadInput, match="has more than 11 bytes, the most that is downloaded"):
        read(f"{address}/rows.csv")
    monkeypatch.setattr(downloads, "MOST_BYTES", len(ROWS))
    assert read(f"{address}/rows.csv") == ROWS
    monkeypatch.setattr(downloads, "MOST_SECONDS", -1.0)
    with pytest.raises(BadInput, match="was not whole after -1 seconds"):
        read(f"{address}/drip")
