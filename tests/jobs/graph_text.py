"""The asset graph of the default study as text, for a file that a reviewer reads as a diff.

``make snapshot`` writes ``tests/jobs/digits_graph.txt`` again after an intended change.
"""

from collections.abc import Iterable
from pathlib import Path

import dagster as dg

from outcross.assets.study.study import Study
from outcross.jobs.definitions import build_definitions
from outcross.jobs.files.study_files import SHIPPED, load_study

SNAPSHOT = Path(__file__).with_name("digits_graph.txt")


def default_study() -> Study:
    """The study that ``make study`` runs, from the file that ships."""
    return load_study(SHIPPED / "digits.yaml")


def describe_graph(study: Study) -> str:
    """Describe every asset of a study, one block each, sorted by key.

    A block names the group, kinds, owners, partitions and dependencies, then each check with what a failure does and
    how it is partitioned. Code versions are left out: they change with every setting.
    """
    graph = build_definitions([study], root="nowhere").resolve_asset_graph()
    blocks = []
    for key in sorted(graph.get_all_asset_keys(), key=dg.AssetKey.to_user_string):
        node = graph.get(key)
        lines = [
            key.to_user_string(),
            f"  group: {node.group_name}",
            f"  kinds: {_listed(node.kinds)}",
            f"  owners: {_listed(node.owners)}",
            f"  partitions: {_partitions(node.partitions_def)}",
            f"  dependencies: {_listed(parent.to_user_string() for parent in node.parent_keys)}",
        ]
        for check in sorted((graph.get(each) for each in node.check_keys), key=lambda check: check.key.name):
            failure = "blocks" if check.blocking else "warns"
            alike = check.partitions_def == node.partitions_def
            partitions = "as the asset" if alike else _partitions(check.partitions_def)
            lines.append(f"  check {check.key.name}: {failure}, partitions {partitions}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _partitions(definition: dg.PartitionsDefinition | None) -> str:
    if isinstance(definition, dg.MultiPartitionsDefinition):
        return " × ".join(f"{each.name} ({_partitions(each.partitions_def)})" for each in definition.partitions_defs)
    return "none" if definition is None else ", ".join(definition.get_partition_keys())


if __name__ == "__main__":
    SNAPSHOT.write_text(describe_graph(default_study()), encoding="utf-8")
