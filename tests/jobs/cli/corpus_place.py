"""A folder with a small corpus that has batches of every outcome, and files to ingest."""

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.assets.corpus.people import ROLES, SETTINGS, people
from tests.jobs.cli.in_process import outcross

REAL = ("--origin", "real", "--licence", "CC0-1.0", "--consent", "survey")
SYNTHETIC = ("--origin", "synthetic", "--generator", "copula", "--licence", "CC0-1.0")
UNKNOWN = ("--origin", "unknown", "--licence", "CC0-1.0")
BATCHES = {"clean": REAL, "part": REAL, "made": SYNTHETIC, "over": SYNTHETIC, "bad": REAL}
"""File → options. Versions 2 to 5; what they became: admitted, partly admitted, admitted, held, refused."""
TRIMMED = 6
"""The version that leaves rows out."""


def make(folder: Path) -> None:
    """Write the files, start the corpus, and send it the batches."""
    people(400, 0).write_parquet(folder / "anchor.parquet")
    anchor = {"kind": "files", "path": "anchor.parquet", "columns": ROLES}
    (folder / "people.yaml").write_text(yaml.safe_dump({**SETTINGS, "anchor": anchor}))
    files = {
        "clean": people(30, 1),
        "part": pl.concat([people(10, 2), people(10, 2).head(4)]),
        "made": people(60, 3),
        "over": people(300, 4),
        "new": people(20, 5),
        "doubled": pl.concat([people(10, 6), people(10, 6).head(4)]),
        "many": people(300, 7),
    }
    for name, rows in files.items():
        rows.write_parquet(folder / f"{name}.parquet")
    people(5, 8).with_columns(provenance_origin=pl.lit("synthetic")).write_parquet(folder / "stated.parquet")
    for name in ("bad", "torn"):
        (folder / f"{name}.parquet").write_bytes(b"no table of " + name.encode())
    ids = {}
    for name, options in BATCHES.items():
        ran = outcross(folder, "ingest", f"{name}.parquet", "--corpus", "people.yaml", *options, "--json")
        ids[name] = ran.json["files"][0]["batch"]
    assert outcross(folder, "trim", "people.yaml", "--share", "0.1").code == 0
    (folder / "audited.json").write_text(outcross(folder, "audit", "people.yaml", "--json").out)
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "public.pem").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (folder / "ids.json").write_text(json.dumps(ids))


def ids_of(folder: Path) -> Mapping[str, str]:
    """The id of each batch."""
    found: dict[str, str] = json.loads((folder / "ids.json").read_text())
    return found
