"""Every known study and corpus, and the files that cannot be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.study.study import Study
from outcross.jobs.files.corpus_files import CORPORA
from outcross.jobs.files.settings_files import BrokenFile
from outcross.jobs.files.study_files import STUDIES
from outcross.resources.identifier import identifier


@dataclass(frozen=True, kw_only=True)
class KnownFiles:
    """The studies and corpora of this machine, and the files that describe none because of a fault."""

    studies: list[Study]
    corpora: list[Corpus]
    broken: list[BrokenFile]
    paths: dict[str, Path] = field(default_factory=dict)
    """``study/NAME`` or ``corpus/NAME`` → its file."""


def load_known(home: Path) -> KnownFiles:
    """Load every known file; one that cannot be used, or whose names another has taken, is among the broken."""
    studies, corpora = STUDIES.load_all(home), CORPORA.load_all(home)
    taken: dict[str, Path] = {}
    clashes = [*_claim(studies.usable, taken), *_claim(corpora.usable, taken)]
    unusable = {each.path for each in clashes}
    return KnownFiles(
        studies=[study for path, study in studies.usable.items() if path not in unusable],
        corpora=[corpus for path, corpus in corpora.usable.items() if path not in unusable],
        broken=[*studies.broken, *corpora.broken, *clashes],
        paths={f"study/{study.study}": path for path, study in studies.usable.items()}
        | {f"corpus/{corpus.corpus}": path for path, corpus in corpora.usable.items()},
    )


def _claim(usable: "Mapping[Path, Study] | Mapping[Path, Corpus]", taken: dict[str, Path]) -> list[BrokenFile]:
    """Let each file claim its groups in the asset graph; return those of which an earlier file has claimed one."""
    clashes = []
    for path, described in usable.items():
        groups = _groups(described)
        clash = next((group for group in groups if group in taken), None)
        if clash is None:
            taken |= dict.fromkeys(groups, path)
        else:
            message = f"{path} and {taken[clash]} would both have assets in the group '{clash}'; rename one of them"
            clashes.append(BrokenFile(path=path, message=message))
    return clashes


def _groups(described: Study | Corpus) -> list[str]:
    if isinstance(described, Corpus):
        return [f"corpus_{identifier(described.corpus)}"]
    stems = [identifier(size.study) for size in described.sizes]
    return [
        group
        for stem in stems
        for group in (stem, *(f"{stem}_gen_{generation:02d}" for generation in range(described.generations)))
    ]
