"""Find, read and validate the YAML files that describe studies and corpora.

Every error names the file, the key and the remedy. A file that cannot be used harms no other: those who load every
known file get the usable ones, and the error of each of the others.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from filelock import FileLock
from pydantic import BaseModel, ValidationError

from outcross.jobs.files.known_keys import known_keys
from outcross.jobs.files.yaml_text import NotStrict, load_yaml
from outcross.resources.atomic_file import replace_file
from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.errors import BadInput
from outcross.resources.identifier import identifier
from outcross.resources.system_faults import refuse_to_blame

EXTENDS = "extends"
"""The key of a file in the home that names the file of which it replaces keys."""
Model = TypeVar("Model", bound=BaseModel)

_YAML = {".yaml", ".yml"}
_NOUNS = ("study", "corpus")


@dataclass(frozen=True, kw_only=True)
class BrokenFile:
    """A known file that cannot be used, and why, with the remedy."""

    path: Path
    message: str


@dataclass(frozen=True, kw_only=True)
class Loaded(Generic[Model]):
    """Every known file of one kind.

    Attributes:
        usable: path → what the file describes.
        broken: the files that cannot be used.
    """

    usable: dict[Path, Model]
    broken: list[BrokenFile]


@dataclass(frozen=True, kw_only=True)
class SettingsFiles(Generic[Model]):
    """The settings files of one kind: where they are, how they are read, and what messages call them.

    Attributes:
        load_model: returns the model that a file is validated against; a function, since importing it takes long.
        noun: the word for it in messages, such as ``study``; also the key that holds its name.
        plural: the plural of the noun.
        example: keys that messages give as an example.
        shipped_folder: the folder of the files that come with the package.
        variable: the environment variable that names more files and folders.
        registry: the file in the home folder that lists the files used before by path.
    """

    load_model: Callable[[], type[Model]]
    noun: str
    plural: str
    example: str
    shipped_folder: Path
    variable: str
    registry: str

    def load(self, path: Path, **overrides: Any) -> Model:
        """Read one file. Relative data paths in it start at its folder.

        Args:
            path: a YAML file.
            overrides: keys to replace; None leaves a key as it is.

        Raises:
            BadInput: the file is missing, is not YAML, or does not fit the model.
        """
        content, base = self._resolve(path)
        other = next((kind for kind in _NOUNS if kind in content), self.noun)
        if self.noun not in content and other != self.noun:
            raise BadInput(f"{path} is a {other} file; give a {self.noun} file, which has {self.example}")
        content.update({key: value for key, value in overrides.items() if value is not None})
        return self.validate(content, where=str(path), base=base)

    def validate(self, content: Any, *, where: str, base: Path) -> Model:
        """Validate settings against the model; relative paths in them start at ``base``.

        Raises:
            BadInput: they do not fit the model; the message begins with ``where`` and names each key.
        """
        try:
            return self.load_model().model_validate(content, context={"base": base})
        except ValidationError as error:
            raise BadInput(self._explain(where, error)) from None

    def find(self, name_or_path: str, home: Path) -> Path:
        """Return the file given by path, or the known file with that name.

        Raises:
            BadInput: no known file has that name.
        """
        path = Path(name_or_path)
        if path.suffix in _YAML or path.is_file():
            return path
        known = {self._name_of(each): each for each in self._existing_files(home)}
        if name_or_path in known:
            return known[name_or_path]
        for unusable in (*self._missing(), *self._broken_registry(home)):
            raise BadInput(unusable.message)
        near = did_you_mean(name_or_path, known)
        raise BadInput(
            f"no {self.noun} is named '{name_or_path}'{near}; known {self.plural}: "
            f"{', '.join(sorted(known)) or 'none'}. Give one of these, or the path of a .yaml file, or "
            f"name a folder of {self.plural} in {self.variable}"
        )

    def is_of_this_kind(self, path: Path) -> bool:
        """Return whether a file states the name of such a thing; one that cannot be read does not."""
        try:
            return self.noun in self._resolve(path)[0]
        except BadInput:
            return False

    def find_as_run(self, name_or_path: str, home: Path) -> Path:
        """Find a file as :meth:`find` does, then return the settings that it was last run with.

        These are the file's own, unless the last command replaced keys of it: see
        :func:`outcross.jobs.files.replaced_keys.replace_keys`.
        """
        return self.as_run(self.find(name_or_path, home), home)

    def as_run(self, path: Path, home: Path) -> Path:
        """Return the file in the home that extends a file, or the file itself if there is none."""
        extending = self.extending(path, home)
        extends = extending.is_file() and self._read(extending).get(EXTENDS) == str(path.resolve())
        return extending if extends else path

    def extending(self, path: Path, home: Path) -> Path:
        """Return where the home keeps the file that extends a file: ``studies/NAME.yaml``."""
        return home / self.plural / f"{self._name_of(path)}.yaml"

    def files(self, home: Path) -> list[Path]:
        """Return the known files: shipped, named in the variable, or used before by path.

        Raises:
            BadInput: the variable names a path that does not exist.
        """
        for missing in self._missing():
            raise BadInput(missing.message)
        return self._existing_files(home)

    def load_all(self, home: Path) -> Loaded[Model]:
        """Load every known file that can be used, and say why each of the others cannot.

        Of two files with the same name, or with names that differ only in ``-`` and ``_``, the one that :meth:`find`
        finds is used: one that was run by path before a named one, and that before a shipped one.
        """
        usable: dict[Path, Model] = {}
        broken = [*self._missing(), *self._broken_registry(home)]
        for path in reversed(self._existing_files(home)):
            try:
                model = self.load(self.as_run(path, home))
                self._check_name(path, model, usable)
            except BadInput as error:
                broken.append(BrokenFile(path=path, message=str(error)))
            else:
                usable[path] = model
        return Loaded(usable=dict(reversed(usable.items())), broken=broken)

    def register(self, path: Path, home: Path) -> None:
        """Record a file that was used by path, so that the UI shows it as well.

        Raises:
            BadInput: the name of what it describes differs from that of a known file only in ``-`` and ``_``, or the
                register cannot be read.
        """
        resolved = path.resolve()
        with FileLock(home / f".{self.registry}.lock"):  # or two processes would each lose the other's entry
            registered, known = self._read_registry(home), self.files(home)
            if resolved in known:
                return
            name = self._name_of(resolved)
            for other in known:
                if self._name_of(other) != name and identifier(self._name_of(other)) == identifier(name):
                    raise BadInput(self._same_name(resolved, name, other, self._name_of(other)))
            paths = [str(each) for each in dict.fromkeys([*registered, resolved])]
            replace_file(home / self.registry, json.dumps(paths, indent=1).encode())

    def _read_registry(self, home: Path) -> Iterable[Path]:
        registry = home / self.registry
        if not registry.is_file():
            return []
        try:
            listed = json.loads(registry.read_text(encoding="utf-8"))
        except OSError as error:
            refuse_to_blame(error)
            raise BadInput(f"{registry}: cannot be read ({error.strerror}); check its permissions") from None
        except (ValueError, RecursionError):
            listed = None
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise BadInput(
                f"{registry}: not a JSON list of paths; delete it, and run each {self.noun} that was run by path "
                "by its path again"
            )
        return [Path(each) for each in listed]

    def _broken_registry(self, home: Path) -> list[BrokenFile]:
        """Return the register as a broken file, where it cannot be read: the files named elsewhere are known still."""
        try:
            self._read_registry(home)
        except BadInput as error:
            return [BrokenFile(path=home / self.registry, message=str(error))]
        return []

    def _existing_files(self, home: Path) -> list[Path]:
        named = [Path(entry) for entry in self._named() if Path(entry).exists()]
        found = [file for path in named for file in (_yaml_in(path) if path.is_dir() else [path])]
        listed = [] if self._broken_registry(home) else self._read_registry(home)
        registered = [path for path in listed if path.is_file()]
        return list(dict.fromkeys(path.resolve() for path in [*_yaml_in(self.shipped_folder), *found, *registered]))

    def _named(self) -> list[str]:
        return [entry for entry in os.environ.get(self.variable, "").split(os.pathsep) if entry]

    def _missing(self) -> list[BrokenFile]:
        """Return the paths that the variable names and that do not exist."""
        return [
            BrokenFile(
                path=Path(entry), message=f"{self.variable} names '{entry}', which does not exist; fix or unset it"
            )
            for entry in self._named()
            if not Path(entry).exists()
        ]

    def _check_name(self, path: Path, model: Model, known: Mapping[Path, Model]) -> None:
        """Refuse a name that another file has, or one that Dagster cannot tell from it.

        Raises:
            BadInput: another file has that name; the message names both.
        """
        name = str(getattr(model, self.noun))
        for other, described in known.items():
            taken = str(getattr(described, self.noun))
            if identifier(taken) == identifier(name):
                raise BadInput(self._same_name(path, name, other, taken))

    def _same_name(self, path: Path, name: str, other: Path, taken: str) -> str:
        if name == taken:
            return f"{path} and {other} both name a {self.noun} '{name}'; rename one of them"
        return (
            f"{path} names a {self.noun} '{name}', and {other} names one '{taken}': jobs and groups cannot tell '-' "
            "from '_'; rename one of them"
        )

    def _resolve(self, path: Path) -> tuple[dict[str, Any], Path]:
        """Read the settings of a file and of the file that it extends, and the folder that paths in them start at."""
        content = self._read(path)
        extended = content.pop(EXTENDS, None)
        if extended is None:
            return content, path.parent
        own = path.parent / extended
        return {**self._read(own), **content}, own.parent

    def _name_of(self, path: Path) -> str:
        """Return the name that a file states; for a file that cannot be read, that of the file."""
        try:
            return str(self._read(path).get(self.noun, path.stem))
        except BadInput:
            return path.stem

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            if path.exists() and not (path.is_file() or path.is_dir()):
                raise BadInput(f"{path} is no regular file; give a {self.noun} file")
            content = load_yaml(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BadInput(f"{path}: there is no such {self.noun} file; check the path") from None
        except IsADirectoryError:
            raise BadInput(
                f"{path} is a folder; give a {self.noun} file, or name the folder in {self.variable}"
            ) from None
        except OSError as error:
            refuse_to_blame(error)
            raise BadInput(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
        except UnicodeDecodeError as error:
            if path.suffix not in _YAML:
                raise BadInput(
                    f"{path} is no {self.noun} file but one of other bytes; give a .yaml file with {self.example}, or "
                    f"the name of a known {self.noun}"
                ) from None
            raise BadInput(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
        except NotStrict as error:
            raise BadInput(f"{path}: {error}") from None
        if not isinstance(content, dict):
            raise BadInput(
                f"{path}: a {self.noun} file is a mapping with keys such as {self.example}; found {content!r:.60}"
            )
        return content

    def _explain(self, where: str, error: ValidationError) -> str:
        lines = []
        for problem in error.errors(include_url=False):
            key = ".".join(str(part) for part in problem["loc"]) or f"the {self.noun}"
            lines.append(f"  {key}: {_remedy(problem, self.load_model())}")
        return f"{where}: not a usable {self.noun}\n" + "\n".join(lines)


def _yaml_in(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])


def _remedy(problem: Any, model: type[BaseModel]) -> str:
    match problem["type"]:
        case "extra_forbidden":
            *place, name = problem["loc"]
            near = did_you_mean(str(name), known_keys(model, place))
            return f"no such key here{near}; remove it, or check its spelling"
        case "missing":
            return "is missing; add it"
        case "union_tag_not_found":
            return f"has no {problem['ctx']['discriminator']}, which selects its type; add it"
        case "union_tag_invalid":
            tag, known = problem["ctx"]["tag"], problem["ctx"]["expected_tags"]
            near = did_you_mean(tag, [each.strip(" '") for each in known.split(",")])
            return f"'{tag}' is not one of {known}{near}; choose one of these"
        case "plugin":
            result: str = problem["msg"]
            return result
        case _:
            message = problem["msg"].removeprefix("Value error, ")
            found = "" if isinstance(problem["input"], Mapping) else f" (found {problem['input']!r:.60})"
            return f"{message}{found}; fix it"
