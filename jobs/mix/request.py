"""What ``outcross mix`` was asked."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class MixRequest:
    """Real rows, a pool, and what is trained on them.

    Attributes:
        real: path, folder, glob or URL of the real rows.
        synthetic: the same of the pool.
        label: column to predict; None leaves it to the source.
        learner: words of the team's own program; empty where a shipped learner is trained.
        metrics: name of a score of that program → ``higher`` or ``lower``; the first is the one that counts.
        time_limit: seconds until a run of that program is killed.
        shares: synthetic shares to try, ascending; empty leaves the choice to the pool.
        tests: name of a test set → its path.
        reading: key of the source ``files`` → value: how real rows, pool and test sets are read.
        replicates: independent repeats.
        name: of the study; None names it after the file of real rows.
    """

    real: str
    synthetic: str
    label: str | None = None
    learner: Sequence[str] = ()
    metrics: Mapping[str, str] = field(default_factory=dict)
    time_limit: float | None = None
    shares: Sequence[float] = ()
    tests: Mapping[str, str] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    replicates: int = 8
    name: str | None = None

    @property
    def command(self) -> str:
        """The command line that asks this, on one line: the study file says by it where it came from."""
        words = ["outcross", "mix", self.real, self.synthetic]
        options = {"--label": self.label, "--learner": shlex.join(self.learner) or None, "--name": self.name}
        words += [word for key, value in options.items() if value is not None for word in (key, value)]
        words += [word for name, better in self.metrics.items() for word in ("--metric", f"{name}={better}")]
        if self.time_limit is not None:
            words += ["--time-limit", f"{self.time_limit:g}"]
        if self.shares:
            words += ["--shares", ",".join(f"{share:g}" for share in self.shares)]
        words += [word for name, path in self.tests.items() for word in ("--test", f"{name}={path}")]
        words += [word for key, value in self.reading.items() for word in ("--read", f"{key}={json.dumps(value)}")]
        if self.replicates != MixRequest.replicates:
            words += ["--replicates", str(self.replicates)]
        return " ".join(shlex.join(words).split())
