"""Names of studies, arms and lineages: what would lie in one place of the store, or in none, is refused when read."""

import re
from collections.abc import Mapping

CORPORA = "corpora"
"""The folder of the store in which corpora lie."""
LONGEST_ARM = 60
ARM = r"^[a-z0-9][a-z0-9_.-]*$"
_ARM = re.compile(r"[a-z0-9][a-z0-9_.-]*")


def check_study_name(name: str) -> str:
    """Return the name of a study; raises ``ValueError`` where its place in the store is taken."""
    if name == CORPORA:
        raise ValueError(f"a study cannot be named '{name}', the folder of the store in which corpora lie; rename it")
    return name


def check_arm_name(name: str) -> str:
    """Return the name of an arm; raises ``ValueError`` where a path made of it would leave its folder."""
    if ".." in name or name.endswith("."):
        raise ValueError(
            f"the arm '{name}' has '..' in its name, or ends in '.'; rename it, since folders bear its name"
        )
    return name


def check_added_arm(name: str, arms: Mapping[str, object]) -> None:
    """Check the name of an arm that a ladder adds.

    Raises:
        ValueError: another arm has it already, or it is no name of a folder.
    """
    if name in arms:
        raise ValueError(
            f"a ladder adds the arm '{name}', and another arm has that name; rename that arm, or choose shares that "
            "differ in their first six digits"
        )
    if not _ARM.fullmatch(name) or len(name) > LONGEST_ARM:
        raise ValueError(f"a ladder would add the arm '{name}', which is no name of a folder; choose a smaller number")


def check_lineages(lineages: Mapping[str, int]) -> None:
    """Check that no two arms have a lineage of one name.

    Args:
        lineages: arm → the number of its lineages; those of several are called ``ARM.0``, ``ARM.1`` ….

    Raises:
        ValueError: two have; the message names the arms.
    """
    taken: dict[str, str] = {}
    for arm, count in lineages.items():
        for name in [arm] if count == 1 else (f"{arm}.{index}" for index in range(count)):
            if name in taken:
                raise ValueError(
                    f"the arms '{taken[name]}' and '{arm}' both have a lineage '{name}'; rename one of them"
                )
            taken[name] = arm
