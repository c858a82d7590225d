"""The UI shows one's own studies and corpora, and of those shipped the ones that were used."""

from pathlib import Path

import pytest
import yaml

from outcross.jobs.files.known_files import KnownFiles, load_known
from outcross.jobs.files.shown_files import SHIPPED_VARIABLE, left_out, shown
from outcross.resources.store import Store
from tests.jobs.corpora import settings
from tests.jobs.workplace import SMALL


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> KnownFiles:
    return load_known(tmp_path_factory.mktemp("home"))


def names(files: KnownFiles) -> list[str]:
    return [*(each.study for each in files.studies), *(each.corpus for each in files.corpora)]


def test_where_nothing_is_used_yet_the_default_study_is_shown(shipped: KnownFiles, tmp_path: Path) -> None:
    seen = shown(shipped, Store(tmp_path / "data"))
    assert names(seen) == ["digits"]
    assert sorted(left_out(shipped, seen)) == sorted({*names(shipped)} - {"digits"})


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("gaussian-mean/anchor", ["gaussian-mean"]),
        ("digits-diffusion/gen_00", ["digits-diffusion"]),
        ("corpora/college/versions", ["college", "college"]),  # it compares batches with the rows of that study
    ],
)
def test_a_shipped_one_is_shown_once_the_store_has_something_of_it(
    shipped: KnownFiles, tmp_path: Path, made: str, expected: list[str]
) -> None:
    (tmp_path / "data" / made).mkdir(parents=True)
    assert names(shown(shipped, Store(tmp_path / "data"))) == expected


def test_the_studies_that_a_corpus_rests_on_are_shown_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stated = {**settings(tmp_path), "bound": {"study": "gaussian-mean"}, "known": ["digits"]}
    (tmp_path / "people.yaml").write_text(yaml.safe_dump(stated))
    monkeypatch.setenv("OUTCROSS_CORPORA", str(tmp_path / "people.yaml"))
    assert names(shown(load_known(tmp_path), Store(tmp_path / "data"))) == ["digits", "gaussian-mean", "people"]


def test_every_shipped_one_is_shown_on_request(
    shipped: KnownFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHIPPED_VARIABLE, "all")
    assert names(shown(shipped, Store(tmp_path / "data"))) == names(shipped) and len(names(shipped)) > 5


def test_ones_own_files_are_shown_before_they_have_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "small.yaml").write_text(yaml.safe_dump(SMALL))
    monkeypatch.setenv("OUTCROSS_STUDIES", str(tmp_path / "own"))
    (tmp_path / "people.yaml").write_text(yaml.safe_dump(settings(tmp_path)))
    monkeypatch.setenv("OUTCROSS_CORPORA", str(tmp_path / "people.yaml"))
    seen = shown(load_known(tmp_path), Store(tmp_path / "data"))
    assert names(seen) == ["small", "people"]
