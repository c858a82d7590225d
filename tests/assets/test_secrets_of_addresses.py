"""A token in the address of a source is in nothing that a study writes, and levels that are addresses stay whole."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl

from outcross.assets.artefacts import Artefacts
from outcross.assets.model.make import _public_card
from outcross.assets.study.study import Study
from outcross.assets.verdict.facts import facts_of
from outcross.assets.verdict.make_report import _reproduce
from outcross.jobs.files.written_study import name_of
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store

LEVEL = "https://shop.example/item?id=7"
ROWS = pl.DataFrame({"a": [float(i % 17) for i in range(80)], "b": [LEVEL if i % 3 else "none" for i in range(80)]})


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if "token=CANARY" in self.path else 403)
        self.end_headers()
        self.wfile.write(ROWS.write_csv().encode())

    def log_message(self, *_: object) -> None:
        pass


def test_a_token_of_a_source_is_in_no_file_of_the_store(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    study = Study.model_validate(
        {
            "study": "tiny",
            "source": {
                "kind": "files",
                "path": f"http://127.0.0.1:{server.server_address[1]}/t.csv?token=CANARY",
                "format": "csv",
                "columns": {"b": "categorical"},
            },
            "generator": {"kind": "copula", "draws": 8},
            "metrics": ["loss"],
            "generations": 2,
            "replicates": 1,
            "rows": 30,
            "arms": {"replace": {"policy": "replace"}},
        }
    )
    artefacts = Artefacts(study, Store(tmp_path))
    try:
        run_plainly(artefacts, study.lineages, checks=False)
    finally:
        server.shutdown()
        server.server_close()
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    shown = _reproduce(artefacts)["study file"]
    assert "/t.csv" in shown and "CANARY" not in shown, "which stands in the report"
    said = dict(facts_of(artefacts, whose="", chosen=None))["Data"]
    assert said.startswith("t.csv: ") and "CANARY" not in said, "which the report says first"
    assert name_of(None, "https://u:CANARY@h/t?key=CANARY") == "t", "a study that is named after its source"
    assert [path for path in written if b"CANARY" in path.read_bytes()] == []
    assert any(LEVEL.encode() in path.read_bytes() for path in written if path.suffix == ".parquet")


def test_a_card_loses_what_is_secret_in_its_settings_and_nothing_of_the_data() -> None:
    stated = {"path": "https://u:CANARY@h/pool.csv?key=CANARY", "repeats": "keep"}
    card = {**stated, "schema": {"levels": [LEVEL]}, "drawn": 3}
    assert _public_card(card, stated) == {**card, "path": "https://h/pool.csv"}
