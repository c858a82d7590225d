"""What goes before what: an option before a variable before the home; columns before options before a sidecar."""

import json
import shlex
import shutil
from pathlib import Path
from typing import Any
from zlib import crc32

import polars as pl
import pytest

from tests.jobs.cli import mix_place
from tests.jobs.cli.corpus_place import ids_of
from tests.jobs.cli.in_process import Ran, outcross
from tests.jobs.cli.parser import options_of
from tests.jobs.workplace import Workplace

ROOTED = {
    "study": ("study small.yaml --workers 1 --json", '"runs": []'),
    "mix": (f"{mix_place.MIX} --json", '"runs": []'),
    "verdict": ("verdict small.yaml --json", '"endpoint": "loss"'),
    "report": ("report small.yaml", "report.html"),
    "compare": ("compare small.yaml digits", "digits/verdict is not in the store"),
    "delete": ("delete small.yaml --yes", "of study 'small' in"),
    "sql": ("sql 'select count(*) as n from verdicts' --json", "[[1]]"),
    "corpus": ("corpus people.yaml", "version 6"),
    "ingest": ("ingest clean.parquet --corpus people.yaml --json", '"known"'),
    "estimate": ("estimate stated.parquet --corpus people.yaml --json", '"decided": true'),
    "quarantine list": ("quarantine list people.yaml", "synthetic_share 300"),
    "quarantine show": ("quarantine show people.yaml {part} --json", '"position": 13'),
    "quarantine release": ("quarantine release people.yaml {part} --reason x", "version 7: 4 rows"),
    "quarantine reject": ("quarantine reject people.yaml {part} --reason x", "version 7: 4 rows"),
    "audit": ("audit people.yaml", "Verified: 6 versions"),
    "accept-change": ("accept-change people.yaml --level work=mine --reason x", "version 7: "),
    "withdraw": ("withdraw people.yaml --batch {part} --reason x", "version 7: "),
    "descendants": ("descendants people.yaml --batch {part}", "people:6"),
    "declare": ("declare people.yaml --batch {part} --origin unknown --reason x", "version 7: "),
    "trim": ("trim people.yaml --share 0", "version 7: "),
    "export": ("export people.yaml --format card", "| Version | 6 |"),
    "take": ("take people.yaml --to taken --json", '"version": 6'),
}
"""Command → words, and what only the right store makes it say."""
_OF_STUDIES = {"study", "mix", "verdict", "report", "sql", "compare", "delete"}
_CHANGE = {"delete", "quarantine release", "quarantine reject", "trim", "withdraw", "declare", "accept-change"}
_KEEPS_ITS_OWN = {"accept"}
"""It has a root, and no default: without one, nothing is kept."""


def test_every_command_with_a_root_is_in_the_table() -> None:
    assert {*ROOTED, *_KEEPS_ITS_OWN} == {name for name, options in options_of().items() if "--root" in options}


@pytest.fixture
def finished(request: pytest.FixtureRequest, people_place: Path, tmp_path: Path, command: str) -> Path:
    """A copy of the place that the command is about."""
    if command == "mix":
        mixed: Path = request.getfixturevalue("mixed")
        return Workplace(mixed).copy_to(tmp_path / "place").folder
    if command in _OF_STUDIES:
        done: Workplace = request.getfixturevalue("done")
        return done.copy_to(tmp_path / "place").folder
    return shutil.copytree(people_place, tmp_path / "place")


@pytest.mark.parametrize("command", ROOTED)
def test_a_root_goes_before_the_variable_and_that_before_the_home(finished: Path, command: str) -> None:
    """An empty root is none."""
    words, says = ROOTED[command]
    ids = ids_of(finished) if command not in _OF_STUDIES else {}
    split = shlex.split(words.replace("{part}", ids.get("part", "")))
    stored, aside = finished / "home" / "data", finished / "stored"
    shutil.copytree(stored, aside)
    kept = stored.rename(finished / "kept")

    ran = outcross(finished, *split, "--root", str(aside), OUTCROSS_ROOT=str(finished / "elsewhere"))
    assert says in ran.said
    shutil.rmtree(aside)
    shutil.copytree(kept, aside)
    shutil.rmtree(finished / "taken", ignore_errors=True)
    if command in _CHANGE:
        shutil.rmtree(aside)
        shutil.copytree(kept, aside)
    ran = outcross(finished, *split, "--root", "", OUTCROSS_ROOT=str(aside), OUTCROSS_HOME=str(finished / "home"))
    assert says in ran.said
    assert not stored.exists() and not (finished / "elsewhere").exists()


@pytest.mark.parametrize("command", ["verdict", "audit"])
def test_an_empty_variable_is_none(finished: Path, command: str) -> None:
    words, says = ROOTED[command]
    assert says in outcross(finished, *shlex.split(words), OUTCROSS_ROOT="").said


def test_without_any_variable_or_with_an_empty_one_the_home_is_in_this_folder(tmp_path: Path) -> None:
    for name in ("", "mine"):
        ran = outcross(tmp_path, "ingest", "absent", "--corpus", "college", OUTCROSS_HOME=name and str(tmp_path / name))
        assert ran.code == 1, ran.said
    assert sorted(path.name for path in tmp_path.iterdir()) == [".outcross", "mine"]
    assert (tmp_path / ".outcross" / "data" / "corpora").is_dir() and (tmp_path / "mine" / "data" / "corpora").is_dir()


OPTIONS = {"origin": "synthetic", "generator": "gan", "licence": "CC0-1.0", "consent": "of the option"}
SIDECAR = {"origin": "mixed", "generator": "copula", "licence": "MIT", "consent": "of the sidecar", "depth": 2}


def rows_of(folder: Path, ran: Ran) -> dict[str, Any]:
    """Return the provenance that each row of an ingested file has."""
    (sent,) = ran.json["files"]
    assert sent["status"] == "admitted", ran.said
    stated = f"select distinct {', '.join(OPTIONS)} from corpus_people.rows where batch = '{sent['batch']}'"
    (row,) = outcross(folder, "sql", stated, "--json").json["rows"]
    return dict(zip(OPTIONS, row, strict=True))


@pytest.fixture(scope="module")
def corpus(people_place: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of its own that takes each licence named here."""
    folder = shutil.copytree(people_place, tmp_path_factory.mktemp("claims") / "place")
    settings = (folder / "people.yaml").read_text()
    (folder / "people.yaml").write_text(settings.replace("licences:\n- CC0-1.0", "licences:\n- CC0-1.0\n- MIT\n- ISC"))
    return folder


def send(folder: Path, name: str, *options: str, sidecar: dict[str, Any] | None, columns: dict[str, str]) -> Ran:
    """Ingest one row that no other test sends."""
    row = pl.DataFrame({"wage": [crc32(name.encode()) / 7e6], "age": [40], "work": ["shop"], "sex": ["f"], "y": ["no"]})
    row.with_columns(pl.lit(value).alias(f"provenance_{key}") for key, value in columns.items()).write_parquet(
        folder / f"{name}.parquet"
    )
    if sidecar is not None:
        (folder / f"{name}.provenance.json").write_text(json.dumps(sidecar))
    return outcross(folder, "ingest", f"{name}.parquet", "--corpus", "people.yaml", *options, "--json")


HALVES = [("origin", "licence"), ("generator", "consent")]
"""Of the options: each half is given while the other is not."""


@pytest.mark.parametrize("given", HALVES, ids="-".join)
def test_an_option_goes_before_the_sidecar_and_leaves_its_other_claims(corpus: Path, given: tuple[str, str]) -> None:
    words = [word for key in given for word in (f"--{key}", OPTIONS[key])]
    ran = send(corpus, f"option-{given[0]}", *words, sidecar=SIDECAR, columns={})
    assert rows_of(corpus, ran) == {name: (OPTIONS if name in given else SIDECAR)[name] for name in OPTIONS}


def test_the_sidecar_counts_where_no_option_is_given_and_without_either_the_origin_is_unknown(corpus: Path) -> None:
    ran = send(corpus, "sidecar", sidecar=SIDECAR, columns={})
    assert rows_of(corpus, ran) == {name: SIDECAR[name] for name in OPTIONS}
    ran = send(corpus, "neither", "--licence", "MIT", sidecar=None, columns={})
    assert rows_of(corpus, ran) == {"origin": "unknown", "generator": None, "licence": "MIT", "consent": None}


@pytest.mark.parametrize("given", HALVES, ids="-".join)
def test_a_column_of_the_file_goes_before_option_and_sidecar(corpus: Path, given: tuple[str, str]) -> None:
    columns = {"origin": "unknown", "generator": "flow", "licence": "ISC", "consent": "of the row"}
    words = [word for name, value in OPTIONS.items() for word in (f"--{name}", value)]
    own = {key: columns[key] for key in given}
    ran = send(corpus, f"column-{given[0]}", *words, sidecar=SIDECAR, columns=own)
    assert rows_of(corpus, ran) == OPTIONS | own


def test_the_sidecar_of_the_whole_name_goes_before_that_of_the_stem(corpus: Path) -> None:
    (corpus / "two.parquet.provenance.json").write_text(json.dumps({**SIDECAR, "generator": "whole name"}))
    assert rows_of(corpus, send(corpus, "two", sidecar=SIDECAR, columns={}))["generator"] == "whole name"
