"""The asset graph of the default study, compared with a committed text, so that a review shows a change."""

from difflib import unified_diff

import pytest

from outcross.assets.study.study import Study
from tests.jobs.graph_text import SNAPSHOT, default_study, describe_graph


def test_the_default_study_has_the_graph_of_the_snapshot() -> None:
    kept, found = SNAPSHOT.read_text(encoding="utf-8"), describe_graph(default_study())
    changes = unified_diff(kept.splitlines(), found.splitlines(), "snapshot", "graph", lineterm="", n=1)
    assert kept == found, "\n".join(["the graph has changed; if this is intended, run 'make snapshot'", *changes])


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"generations": 7}, "digits/gen_06/dataset"),
        ({"owners": ("team:vision",)}, "  owners: team:vision"),
        ({"arms": {}}, "  dependencies: digits/anchor, digits/gen_03/synthetic, digits/settings"),
    ],
    ids=["generations", "owners", "dependencies"],
)
def test_another_graph_has_another_text(changes: dict[str, object], line: str) -> None:
    described = default_study().model_dump(mode="json", exclude_unset=True) | changes
    found = describe_graph(Study.model_validate(described))
    assert line in found.splitlines()
    assert line not in SNAPSHOT.read_text(encoding="utf-8").splitlines()
