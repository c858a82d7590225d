"""A small corpus of real people, files for its inbox, and a receiver of its alerts."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.resources.sources import College

ROWS = College().load().rows.sample(fraction=1, shuffle=True, seed=1)
CLAIMS = {"origin": "real", "licence": "CC0-1.0", "consent": "survey"}


def settings(folder: Path, **changes: Any) -> dict[str, Any]:
    """The settings of a corpus whose anchor is the first 4,000 rows; the other rows arrive in batches."""
    anchor = folder / "anchor.parquet"
    if not anchor.exists():
        ROWS[:4_000].write_parquet(anchor)
    roles = {"bachelor": "label", "sex": "group", "race": "group"}
    stated = {
        "corpus": "people",
        "anchor": {"kind": "files", "path": str(anchor), "columns": roles},
        "licences": ["CC0-1.0"],
        "licence": "CC0-1.0",
        "bound": {"share": 0.1},
        "inbox": str(folder / "inbox"),
    }
    return stated | changes


def corpus(folder: Path, **changes: Any) -> Corpus:
    """The corpus, and an inbox for it."""
    (folder / "inbox").mkdir(exist_ok=True)
    return Corpus.model_validate(settings(folder, **changes))


def drop(inbox: Path, name: str, rows: pl.DataFrame, **claims: Any) -> Path:
    """Put a Parquet file into an inbox correctly: first its sidecar, then the whole file by renaming it."""
    inbox.mkdir(exist_ok=True)
    (inbox / f"{name}.provenance.json").write_text(json.dumps(CLAIMS | claims))
    content = BytesIO()
    rows.write_parquet(content)
    (inbox / f"{name}.partial").write_bytes(content.getvalue())  # polars takes no name that is not Unicode
    return (inbox / f"{name}.partial").rename(inbox / name)


def new_rows(first: int, last: int) -> pl.DataFrame:
    """Rows that occur once, and not in the anchor."""
    return (
        ROWS[first:last].unique(maintain_order=True).join(ROWS[:first], on=ROWS.columns, how="anti", nulls_equal=True)
    )


class Receiver:
    """A webhook: the posts that it received, and its answer."""

    def __init__(self, port: int) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}/hook"
        self.status, self.words, self.location = 200, "thanks", ""
        self.posts: list[tuple[str, dict[str, Any]]] = []


@contextmanager
def receiving(receiver: Receiver) -> Iterator[None]:
    """Run the receiver while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.posts.append((self.headers["Idempotency-Key"], body))
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.end_headers()
            self.wfile.write(receiver.words.encode())

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", receiver.port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
