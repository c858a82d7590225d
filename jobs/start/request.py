"""What ``outcross init`` was asked."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class InitRequest:
    """Real rows of which a study is to be written.

    Attributes:
        real: path, folder, glob or URL of them.
        label: column that a model predicts; None where there is none, or where the source states it.
        groups: columns whose levels are people or things that are looked at one by one.
        generator: kind of the generator; None leaves it to what the rows are.
        reading: key of the source ``files`` → value.
        replicates: independent repeats; None leaves them to the generator.
        generations: models of a lineage, the one fitted to real rows included.
        name: of the study; None names it after the file.
    """

    real: str
    label: str | None = None
    groups: Sequence[str] = ()
    generator: str | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)
    replicates: int | None = None
    generations: int = 6
    name: str | None = None

    @property
    def command(self) -> str:
        """The command line that asks this, on one line: the study file says by it where it came from."""
        words = ["outcross", "init", self.real]
        options = {"--label": self.label, "--generator": self.generator, "--replicates": self.replicates}
        words += [str(word) for key, value in options.items() if value is not None for word in (key, value)]
        words += [word for group in self.groups for word in ("--group", group)]
        words += [word for key, value in self.reading.items() for word in ("--read", f"{key}={json.dumps(value)}")]
        if self.generations != InitRequest.generations:
            words += ["--generations", str(self.generations)]
        if self.name is not None:
            words += ["--name", self.name]
        return " ".join(shlex.join(words).split())
