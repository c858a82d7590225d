"""``outcross export``: its formats, one of which may be added by a file and a line."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

import outcross
from outcross.assets.export import FORMATS
from outcross.jobs.files.home import PACKAGE
from tests.assets.corpus.people import CLAIMS, ROLES, SETTINGS, people
from tests.jobs.cli.in_process import outcross as run_here
from tests.jobs.command_server import run_forked

CHECKSUMS = '''"""Digests of the files, for ``sha256sum --check``."""

from outcross.assets.export.description import Description
from outcross.assets.export.format import Format


def write(dataset: Description) -> str:
    """Write a line for each file."""
    return "".join(f"{file.sha256}  {file.path}\\n" for table in dataset.tables for file in table.files)


FORMAT = Format(name="checksums", file_name="SHA256SUMS", about="digests for sha256sum --check", write=write)
'''


def run(folder: Path, *words: str, package: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``outcross`` in a folder that has a home of its own; from a copy of the package, if one is named."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("OUTCROSS", "DAGSTER"))}
    paths = [str(package)] if package else [str(Path(outcross.__file__).parents[1])]
    environment = {
        **kept,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OUTCROSS_HOME": str(folder / "home"),
        "DAGSTER_HOME": str(PACKAGE),
        "COLUMNS": "200",
    }
    if package is None:
        return run_forked(list(words), folder=folder, environment=environment)
    return subprocess.run(
        [sys.executable, "-P", "-m", "outcross.jobs.cli", *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a corpus file, its anchor, and a batch of synthetic rows."""
    people(400, 0).write_parquet(tmp_path / "anchor.parquet")
    anchor = {"kind": "files", "path": str(tmp_path / "anchor.parquet"), "columns": ROLES}
    (tmp_path / "people.yaml").write_text(yaml.safe_dump({"anchor": anchor, **SETTINGS}))
    people(40, 1).write_parquet(tmp_path / "made.parquet")
    claims = CLAIMS["synthetic"] | {"generator_version": "3", "parent": "census"}
    (tmp_path / "made.provenance.json").write_text(json.dumps(claims))
    return tmp_path


def test_a_batch_that_was_ingested_is_exported_with_its_generator(folder: Path) -> None:
    assert run_here(folder, "ingest", "made.parquet", "--corpus", "people.yaml").code == 0
    ran = run_here(folder, "export", "people.yaml", "--format", "openlineage")
    assert ran.code == 0, ran.err
    sampled, ingested = map(json.loads, ran.out.splitlines())
    assert sampled["outputs"][0]["name"] == ingested["inputs"][-1]["name"]
    assert {"name": "generator version", "value": "3"} in sampled["run"]["facets"]["outcross_step"]["facts"]
    assert [each["name"] for each in sampled["inputs"]] == ["census"]


def test_a_format_is_added_by_a_file_and_a_line(folder: Path) -> None:
    package = folder / "copy"
    shutil.copytree(Path(outcross.__file__).parent, package / "outcross", ignore=shutil.ignore_patterns("__pycache__"))
    exports = package / "outcross" / "assets" / "export"
    (exports / "checksums.py").write_text(CHECKSUMS)
    listed = (exports / "__init__.py").read_text()
    assert '    "card",\n' in listed
    (exports / "__init__.py").write_text(listed.replace('    "card",\n', '    "card",\n    "checksums",\n'))

    shown = run(folder, "export", "--help", package=package).stdout
    assert "checksums: digests for sha256sum --check" in shown
    assert "card | checksums" in shown

    assert run_here(folder, "ingest", "made.parquet", "--corpus", "people.yaml").code == 0
    ran = run(folder, "export", "people.yaml", "--format", "checksums", "-o", str(folder), package=package)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == str(folder / "SHA256SUMS")
    lines = [line.split("  ") for line in (folder / "SHA256SUMS").read_text().splitlines()]
    corpus = folder / "home" / "data" / "corpora" / "people"
    assert lines
    assert all(hashlib.sha256((corpus / path).read_bytes()).hexdigest() == digest for digest, path in lines)


def test_help_names_every_format_and_loads_no_heavy_library(tmp_path: Path) -> None:
    shown = run_here(tmp_path, "export", "--help").out
    for each in FORMATS.values():
        assert f"{each.name}: {each.about}" in shown
    heavy = {"polars", "pydantic", "dagster", "huggingface_hub", "numpy", "torch"}
    program = f"import sys, outcross.jobs.cli.export; print(sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_a_corpus_that_is_split_by_an_entity_is_exported_with_its_column(tmp_path: Path) -> None:
    visits = {"patient": [f"p{row // 3}" for row in range(60)], "glucose": [row % 7 + 0.5 for row in range(60)]}
    pl.DataFrame(visits).write_csv(tmp_path / "a.csv")
    settings = {"corpus": "visits", "anchor": {"kind": "files", "path": "a.csv"}, "entity": "patient"}
    (tmp_path / "visits.yaml").write_text(yaml.safe_dump({**settings, "bound": {"share": 1.0}}))
    pl.DataFrame({"patient": ["q"], "glucose": [2.25]}).write_csv(tmp_path / "b.csv")
    run_here(
        tmp_path, "ingest", "b.csv", "--corpus", "visits.yaml"
    )  # it starts the corpus, whatever becomes of the row
    said = run_here(tmp_path, "export", "visits.yaml", "--format", "croissant").json
    fields = {field["name"]: field for field in said["recordSet"][0]["field"]}
    stored = pl.read_parquet(next(tmp_path.glob("home/data/corpora/visits/anchor/rows*.parquet")))
    assert set(fields) == set(stored.columns)
    assert fields["patient"]["dataType"] == "sc:Text"
    assert fields["patient"]["description"].startswith("entity of the row: ")
