"""The wheel: what is in it, and that it runs a study where there is no checkout, whatever lies in the folder."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.long(seconds=40)

ROOT = Path(__file__).parents[1]
PARTS = ("pyproject.toml", "README.md", "LICENSE", "dagster.yaml", "assets", "resources", "jobs", "src")
TINY = {
    "study": "tiny",
    "source": {"kind": "population", "rows": 60, "of": {"family": "gaussian"}},
    "holdout": 0,
    "metrics": ["population"],
    "generator": {"kind": "gaussian"},
    "generations": 2,
    "replicates": 4,
    "ladders": {"substitution": {"policy": "fixed", "shares": [0, 1]}},
    "endpoints": {"excess_risk": {"tolerance": 0.5}},
}
FOREIGN = ("jobs/definitions.py", "assets/__init__.py", "resources/store.py", "queue.py")


def run(*command: str | Path, folder: Path) -> str:
    """Run a program in a folder as a stranger would, with nothing of this checkout on its path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OUTCROSS", "DAGSTER", "PYTHON"))}
    words = [str(word) for word in command]
    ran = subprocess.run(words, cwd=folder, env=kept, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def build_wheel(tree: Path, out: Path) -> Path:
    build = ("wheel", ".", "--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", out)
    run(sys.executable, "-m", "pip", "--disable-pip-version-check", *build, folder=tree)
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is distributed, with the links in it, in which one may build."""
    folder = tmp_path_factory.mktemp("tree")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tree, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel, and our dependencies by a path to them.

    The link of an editable install is a ``.pth`` file in our environment, and such a file is read in an environment's
    own folder only: ``outcross`` can come from nowhere but the wheel.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    install = ("install", "--no-deps", "--no-index", "--no-compile", "--quiet", wheel)
    run(sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, *install, folder=folder)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text("\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}))
    return python.parent


def test_it_registers_its_components_for_dg(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        (stated,) = [name for name in file.namelist() if name.endswith(".dist-info/entry_points.txt")]
        assert "[dagster_dg_cli.registry_modules]\noutcross = outcross.components" in file.read(stated).decode()


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as file:
        return {name for name in file.namelist() if ".dist-info/" not in name}


def test_it_has_every_module_and_data_file_and_nothing_of_the_benchmark(wheel: Path) -> None:
    names = contents(wheel)
    sources = ROOT / "src" / "outcross"
    modules = {
        f"outcross/{path.relative_to(sources).as_posix()}"
        for start in (sources, *(sources / room for room in ("assets", "resources", "jobs")))
        for path in start.rglob("*.py")
        if "jobs/bench/" not in path.as_posix()
    }
    assert len(modules) > 300
    assert {name for name in names if name.endswith(".py")} == modules
    assert not [name for name in names if name.startswith("outcross/jobs/bench/")]
    data = {f"outcross/{name}" for name in ("py.typed", "dagster.yaml")}
    for pattern in (
        "jobs/studies/*.yaml",
        "jobs/corpora/*.yaml",
        "assets/verdict/page/*",
        "assets/export/*.json",
        "assets/study/*.json",
        "assets/corpus/report/*.jinja",
        "resources/*.css",
    ):
        found = {f"outcross/{path.relative_to(ROOT).as_posix()}" for path in ROOT.glob(pattern)}
        assert found, pattern
        data |= found
    assert names - modules == data


def test_what_is_built_from_the_source_archive_is_the_same(tree: Path, wheel: Path, tmp_path: Path) -> None:
    build = "from setuptools import build_meta; build_meta.build_sdist('archive')"
    run(sys.executable, "-c", build, folder=tree)
    (archive,) = (tree / "archive").glob("*.tar.gz")
    with tarfile.open(archive) as file:
        assert not [member.name for member in file if member.issym() or member.islnk()], "the files, not the links"
        file.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    assert contents(build_wheel(unpacked, tmp_path / "wheel")) == contents(wheel)


def study_in(folder: Path, outcross: Path) -> None:
    (folder / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    found = json.loads(run(outcross, "study", "tiny.yaml", "--workers", "1", "--json", folder=folder))
    (verdict,) = found["verdicts"]
    assert verdict["endpoint"] == "excess_risk" and verdict["safe_share"] is not None
    assert "tiny" in Path(found["report"]).read_text()


def test_it_is_imported_from_where_it_is_installed(bin_folder: Path, tmp_path: Path) -> None:
    where = "import outcross as oc, outcross.assets.steps as it; print(oc.__file__, it.__file__, oc.__version__)"
    *files, version = run(bin_folder / "python", "-c", where, folder=tmp_path).split()
    assert all(Path(file).is_relative_to(bin_folder.parent) for file in files)
    assert version in next(bin_folder.parent.glob("lib/python*/site-packages/outcross-*.dist-info")).name


def test_a_study_reaches_its_verdict_beside_modules_of_the_same_names(bin_folder: Path, tmp_path: Path) -> None:
    for name in FOREIGN:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise RuntimeError('a module of the user was imported')")
    before = {path.name for path in tmp_path.iterdir()}
    study_in(tmp_path, bin_folder / "outcross")
    assert {path.name for path in tmp_path.iterdir()} - before == {"tiny.yaml", ".outcross"}
    module = (bin_folder / "python", "-P", "-m", "outcross.jobs.cli")
    told = json.loads(run(*module, "verdict", "tiny", "--json", folder=tmp_path))
    assert told["study"] == "tiny" and len(told["verdicts"]) == 1
