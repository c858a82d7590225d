"""Settings files: which are known, which is meant by a name, and what is said of one that cannot be read."""

import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field

from outcross.jobs.files.home import home, prepare
from outcross.jobs.files.settings_files import SettingsFiles
from outcross.resources.errors import BadInput


class Thing(BaseModel, extra="forbid"):
    thing: str
    size: int = Field(1, ge=1)
    of: str | None = None


def load_model() -> type[Thing]:
    return Thing


@pytest.fixture
def files(tmp_path: Path) -> SettingsFiles[Thing]:
    (tmp_path / "shipped").mkdir()
    (tmp_path / "home").mkdir()
    return SettingsFiles(
        load_model=load_model,
        noun="thing",
        plural="things",
        example="'thing:'",
        shipped_folder=tmp_path / "shipped",
        variable="THINGS",
        registry="things.json",
    )


@pytest.fixture
def at_home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def write(path: Path, name: str | None = None, **keys: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"thing": name or path.stem, **keys}))
    return path


def test_shipped_named_and_registered_files_are_known_each_once_in_that_order(
    files: SettingsFiles[Thing], at_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = [write(tmp_path / "shipped" / name) for name in ("b.yml", "a.yaml")]
    write(tmp_path / "shipped" / "c.json")
    folder = [write(tmp_path / "folder" / name) for name in ("y.yaml", "x.yaml")]
    alone, run, gone = (write(tmp_path / name) for name in ("alone.txt", "run.yaml", "gone.yaml"))
    monkeypatch.setenv("THINGS", os.pathsep.join([str(tmp_path / "folder"), "", str(alone), str(folder[0])]))
    for path in (run, gone, alone):
        files.register(path, at_home)
    gone.unlink()
    expected = [*reversed(shipped), *reversed(folder), alone, run]
    assert files.files(at_home) == [path.resolve() for path in expected]
    registered = json.loads((at_home / "things.json").read_text())
    assert registered == [str(run.resolve()), str(gone.resolve())], "what is known already is not listed again"


def test_a_named_path_that_is_not_there_is_told_and_keeps_the_others(
    files: SettingsFiles[Thing], at_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = write(tmp_path / "here.yaml")
    monkeypatch.setenv("THINGS", os.pathsep.join([str(here), str(tmp_path / "absent")]))
    with pytest.raises(BadInput, match=r"THINGS names '.*absent', which does not exist; fix or unset it"):
        files.files(at_home)
    loaded = files.load_all(at_home)
    assert list(loaded.usable) == [here.resolve()]
    assert [each.path for each in loaded.broken] == [tmp_path / "absent"]


def test_a_name_is_a_path_if_it_ends_so_or_is_a_file_and_else_that_of_a_known_file(
    files: SettingsFiles[Thing], at_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = write(tmp_path / "shipped" / "file.yaml", "known")
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "bare")
    assert files.find("known", at_home) == known.resolve()
    for path in ("some.yaml", "some.yml", "bare"):
        assert files.find(path, at_home) == Path(path)
    with pytest.raises(BadInput, match=r"no thing is named 'file'; known things: known\. Give one of these"):
        files.find("file", at_home)
    known.unlink()
    with pytest.raises(BadInput, match="known things: none"):
        files.find("known", at_home)


@pytest.mark.parametrize(("names", "clash"), [(("a-b", "a_b"), True), (("a-b", "a-b"), False), (("a-b", "ab"), False)])
def test_a_name_that_differs_in_a_hyphen_alone_is_not_registered(
    files: SettingsFiles[Thing], at_home: Path, tmp_path: Path, names: tuple[str, str], clash: bool
) -> None:
    first, second = (write(tmp_path / f"{place}.yaml", name) for place, name in enumerate(names))
    files.register(first, at_home)
    if clash:
        with pytest.raises(BadInput, match=r"names a thing 'a_b', and .* names one 'a-b': jobs and groups cannot tell"):
            files.register(second, at_home)
    else:
        files.register(second, at_home)
    assert len(files.files(at_home)) == (1 if clash else 2)
    taken = [each.message for each in files.load_all(at_home).broken]
    assert len(taken) == (names[0] == names[1])
    assert not taken or "both name a thing 'a-b'; rename one of them" in taken[0]


@pytest.mark.parametrize("listed", ["[", "{}", "[1]", "3", '["a", null]'])
def test_a_damaged_registry_is_told_and_the_files_known_by_other_ways_are_known_still(
    files: SettingsFiles[Thing], at_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: str
) -> None:
    (at_home / "things.json").write_text(listed)
    named = write(tmp_path / "named.yaml", "named")
    monkeypatch.setenv(files.variable, str(named))
    (broken,) = files.load_all(at_home).broken
    assert broken.path == at_home / "things.json"
    assert files.find("named", at_home) == named.resolve()
    for refused in (lambda: files.find("other", at_home), lambda: files.register(write(tmp_path / "x.yaml"), at_home)):
        with pytest.raises(BadInput, match=r"things\.json: not a JSON list of paths; delete it, and run each thing"):
            refused()


RACERS, EACH = (8, 20) if os.environ.get("OUTCROSS_FAULTS") == "all" else (4, 5)


def test_of_racing_registrations_none_is_lost(files: SettingsFiles[Thing], at_home: Path, tmp_path: Path) -> None:
    paths = [[write(tmp_path / f"{n}-{k}.yaml", f"n{n}x{k}") for k in range(EACH)] for n in range(RACERS)]

    def register(own: list[Path]) -> None:
        for path in own:
            files.register(path, at_home)

    racing = [multiprocessing.get_context("fork").Process(target=register, args=(own,)) for own in paths]
    for process in racing:
        process.start()
    for process in racing:
        process.join()
    assert [process.exitcode for process in racing] == [0] * RACERS
    registered = json.loads((at_home / "things.json").read_text())
    assert sorted(registered) == sorted(str(path.resolve()) for own in paths for path in own)


def test_settings_of_a_command_are_in_force_where_they_extend_that_very_file(
    files: SettingsFiles[Thing], at_home: Path, tmp_path: Path
) -> None:
    path, other = write(tmp_path / "a" / "one.yaml", size=2), write(tmp_path / "b" / "one.yaml", size=3)
    assert files.as_run(path, at_home) == path
    extending = files.extending(path, at_home)
    assert extending == at_home / "things" / "one.yaml"
    extending.parent.mkdir()
    extending.write_text(json.dumps({"extends": str(path.resolve()), "size": 7}))
    assert files.as_run(path, at_home) == extending and files.as_run(other, at_home) == other
    assert files.load(extending) == Thing(thing="one", size=7)
    assert files.load(extending, size=9, of=None) == Thing(thing="one", size=9)
    assert files.find_as_run(str(path), at_home) == extending


def test_a_file_is_of_the_kind_whose_name_it_states(files: SettingsFiles[Thing], tmp_path: Path) -> None:
    assert files.is_of_this_kind(write(tmp_path / "one.yaml"))
    (tmp_path / "other.yaml").write_text("study: mine")
    (tmp_path / "broken.yaml").write_text("[")
    assert not any(files.is_of_this_kind(tmp_path / name) for name in ("other.yaml", "broken.yaml", "absent.yaml"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"thing: [", r"not valid YAML at line 1, column 9: .*; fix that line"),
        (b"thing: a\n\tsize: 2", r"not valid YAML at line 2, column 1: .*; fix that line"),
        (b"thing: \xff", r"not UTF-8 text \(byte 7\); save it as UTF-8"),
        (b"- thing", r"a thing file is a mapping with keys such as 'thing:'; found \['thing'\]"),
        (b"", r"a thing file is a mapping .*; found None"),
        (b"size: 2", r"not a usable thing\n  thing: is missing; add it$"),
        (
            b"thing: a\nsise: 2",
            r"not a usable thing\n  sise: no such key here .did you mean 'size'..; remove it, or check its spelling$",
        ),
        (
            b"thing: a\nsize: 0",
            r"not a usable thing\n  size: Input should be greater than or equal to 1 \(found 0\); fix it$",
        ),
        (b"size: 0\nsise: 1", r"not a usable thing\n  thing: is missing; add it\n  size: .*\n  sise: no such key"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(
    files: SettingsFiles[Thing], tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=f"^{path}: {reason}") as told:
        files.load(path)
    assert told.value.exit_code == 2


def test_a_folder_and_an_absent_file_are_told(files: SettingsFiles[Thing], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="shipped is a folder; give a thing file, or name the folder in THINGS"):
        files.load(tmp_path / "shipped")
    with pytest.raises(BadInput, match=r"absent\.yaml: there is no such thing file; check the path"):
        files.load(tmp_path / "absent.yaml")
    with pytest.raises(BadInput, match=r"mine\.yaml: cannot be read \(.*\); check its permissions"):
        files.load(write(tmp_path / "mine.yaml") / "mine.yaml")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name in ("OUTCROSS_HOME", "OUTCROSS_INSTANCE", "DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(("variable", "folder"), [(None, ".outcross"), ("", ".outcross"), ("mine", "mine")])
def test_the_home_is_the_variables_or_that_of_the_folder(
    environment: pytest.MonkeyPatch, tmp_path: Path, variable: str | None, folder: str
) -> None:
    if variable is not None:
        environment.setenv("OUTCROSS_HOME", variable)
    assert home() == prepare() == tmp_path / folder
    assert (tmp_path / folder / "dagster").is_dir()
    told = {name: os.environ[name] for name in ("OUTCROSS_HOME", "OUTCROSS_INSTANCE", "DAGSTER_DISABLE_TELEMETRY")}
    assert list(told.values()) == [str(tmp_path / folder), str(tmp_path / folder / "dagster"), "yes"]
    assert (Path(os.environ["DAGSTER_HOME"]) / "dagster.yaml").is_file()


def test_a_home_that_cannot_be_made_or_that_dagster_cannot_use_is_told(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    environment.setenv("OUTCROSS_HOME", str(tmp_path / "taken"))
    with pytest.raises(BadInput, match=r"taken cannot be made \(.*\); set OUTCROSS_HOME to a folder you own"):
        prepare()
    environment.setenv("OUTCROSS_HOME", str(tmp_path / "mine"))
    environment.setenv("DAGSTER_HOME", str(tmp_path))
    with pytest.raises(BadInput, match=r"which has no dagster\.yaml; unset DAGSTER_HOME"):
        prepare()
    (tmp_path / "dagster.yaml").write_text("")
    assert prepare() == tmp_path / "mine" and os.environ["DAGSTER_HOME"] == str(tmp_path)
