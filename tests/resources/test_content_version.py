"""The version of a source's content: it changes with the content, and not with its place or time."""

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from outcross.resources.errors import BadInput
from outcross.resources.sources import BreastCancer, Files, Population

ROWS = "a,b\n1,x\n2,y\n3,z\n"


class Server(BaseHTTPRequestHandler):
    """Serves one CSV file; it states a version where ``tag`` is set, and counts what it sends."""

    content, tag, sent = ROWS, "", 0

    def do_HEAD(self) -> None:
        self.send_response(200)
        if self.tag:
            self.send_header("ETag", self.tag)
        self.end_headers()

    def do_GET(self) -> None:
        type(self).sent += 1
        self.do_HEAD()
        self.wfile.write(self.content.encode())

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def served() -> Iterator[tuple[type[Server], Files]]:
    handler = type("Handler", (Server,), {})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield handler, Files(path=f"http://127.0.0.1:{server.server_port}/rows.csv")
        server.shutdown()


def test_files_are_known_by_their_bytes_not_by_their_time_or_folder(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(ROWS), second.write_text(ROWS)
    os.utime(second, (0, 0))
    before = Files(path=str(first)).content_version()
    assert before == Files(path=str(second)).content_version()
    first.write_text(ROWS + "4,w\n")
    assert Files(path=str(first)).content_version() != before
    assert Files(path=str(tmp_path / "*.csv")).content_version() != before


def test_a_url_is_known_by_what_its_server_states_and_is_downloaded_only_if_it_states_nothing(
    served: tuple[type[Server], Files],
) -> None:
    server, source = served
    server.tag = '"1"'
    stated = source.content_version()
    assert stated == source.content_version() and server.sent == 0
    server.tag = '"2"'
    assert source.content_version() != stated and server.sent == 0
    server.tag = ""
    downloaded = source.content_version()
    assert downloaded == source.content_version() and server.sent == 2
    server.content = ROWS + "4,w\n"
    assert source.content_version() != downloaded


def test_an_object_in_a_store_is_known_by_what_the_store_states() -> None:
    import fsspec

    store = fsspec.filesystem("memory")
    store.pipe("/versions/rows.csv", ROWS.encode())
    source = Files(path="memory://versions/rows.csv")
    before = source.content_version()
    assert before == source.content_version()
    store.pipe("/versions/rows.csv", (ROWS + "4,w\n").encode())
    assert source.content_version() != before


def test_other_sources_are_known_by_their_rows() -> None:
    assert BreastCancer().content_version() == BreastCancer().content_version()
    gaussian = {"family": "gaussian"}
    drawn = [Population.model_validate({"rows": 50, "seed": seed, "of": gaussian}) for seed in (1, 1, 2)]
    versions = [each.content_version() for each in drawn]
    assert versions[0] == versions[1] != versions[2]


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.csv"):
        Files(path=str(tmp_path / "gone.csv")).content_version()
