"""Study files: found, read, and validated once, with errors that name the file, the key and the remedy."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from assets.study import Study
from resources.errors import BadInput

SHIPPED = Path(__file__).parent / "studies"
_VARIABLE = "OUTCROSS_STUDIES"


def load_study(path: Path, **overrides: Any) -> Study:
    """Read one study file. Data paths in it are relative to it.

    Args:
        path: a YAML file.
        overrides: keys of the study to replace, as the command line gives them.

    Raises:
        BadInput: the file is missing, is not YAML, or does not describe a study.
    """
    content = _read(path)
    content.update({key: value for key, value in overrides.items() if value is not None})
    try:
        return Study.model_validate(content, context={"base": path.parent})
    except ValidationError as error:
        raise BadInput(_explain(path, error)) from None


def find_study(name_or_path: str, home: Path) -> Path:
    """Return the file of a study given by path, or by name among those known.

    Raises:
        BadInput: there is none.
    """
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        return path
    known = {_name_of(each): each for each in study_files(home)}
    if name_or_path in known:
        return known[name_or_path]
    raise BadInput(
        f"no study is named '{name_or_path}'; known are {', '.join(sorted(known)) or 'none'}. "
        f"Give one of these, a path to a .yaml file, or name a folder of studies in {_VARIABLE}"
    )


def study_files(home: Path) -> list[Path]:
    """Files of all known studies: shipped, named in ``OUTCROSS_STUDIES``, and run before from a path of their own.

    Raises:
        BadInput: ``OUTCROSS_STUDIES`` names what does not exist.
    """
    named: list[Path] = []
    for entry in filter(None, os.environ.get(_VARIABLE, "").split(os.pathsep)):
        path = Path(entry)
        if not path.exists():
            raise BadInput(f"{_VARIABLE} names '{entry}', which does not exist; mend or unset it")
        named.extend(_yaml_in(path) if path.is_dir() else [path])
    registered = [path for path in _registered(home) if path.is_file()]
    return list(dict.fromkeys(path.resolve() for path in [*_yaml_in(SHIPPED), *named, *registered]))


def load_all(home: Path) -> Iterator[Study]:
    """Load every known study.

    Raises:
        BadInput: one cannot be used, or two files give the same name.
    """
    seen: dict[str, Path] = {}
    for path in study_files(home):
        study = load_study(path)
        if study.study in seen:
            raise BadInput(f"{path} and {seen[study.study]} both name a study '{study.study}'; rename one of them")
        seen[study.study] = path
        yield study


def register(path: Path, home: Path) -> None:
    """Remember a study file that was run from a path of its own, so that the UI shows it as well."""
    resolved = path.resolve()
    if resolved in study_files(home):
        return
    paths = [str(each) for each in dict.fromkeys([*_registered(home), resolved])]
    temporary = _registry(home).with_suffix(".partial")
    temporary.write_text(json.dumps(paths, indent=1))
    temporary.replace(_registry(home))


def _registry(home: Path) -> Path:
    return home / "studies.json"


def _registered(home: Path) -> Iterable[Path]:
    registry = _registry(home)
    return [Path(each) for each in json.loads(registry.read_text())] if registry.is_file() else []


def _yaml_in(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])


def _name_of(path: Path) -> str:
    return str(_read(path).get("study", path.stem))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such study file; check the path") from None
    except IsADirectoryError:
        raise BadInput(f"{path} is a folder; give a study file, or name the folder in {_VARIABLE}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read"
        raise BadInput(f"{path}: not valid YAML{where}: {problem}; mend that line") from None
    if not isinstance(content, dict):
        raise BadInput(
            f"{path}: a study file is a mapping of keys such as 'study:' and 'source:'; found {content!r:.60}"
        )
    return content


def _explain(path: Path, error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"]) or "the study"
        lines.append(f"  {key}: {_remedy(problem)}")
    return f"{path}: not a usable study\n" + "\n".join(lines)


def _remedy(problem: Any) -> str:
    match problem["type"]:
        case "extra_forbidden":
            return "no such key here; remove it, or check its spelling"
        case "missing":
            return "is missing; add it"
        case "union_tag_not_found":
            return f"is missing {problem['ctx']['discriminator']}, which says what kind it is; add it"
        case "union_tag_invalid":
            return f"'{problem['ctx']['tag']}' is not one of {problem['ctx']['expected_tags']}; choose one of these"
        case "generator_plugin":
            return problem["msg"]
        case _:
            message = problem["msg"].removeprefix("Value error, ")
            return f"{message} (found {problem['input']!r:.60}); mend it"
