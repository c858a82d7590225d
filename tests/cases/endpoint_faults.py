"""Studies whose endpoint is refused: each for exactly one reason."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from outcross.resources.schema import Column, Role, Schema

X, Y = Column(name="x", role=Role.NUMERIC), Column(name="y", role=Role.LABEL)
TABLE = Schema((X, Y))
_COMMAND = ["./generate", "{train}", "{out}", "{rows}", "{seed}"]
IMAGES = Schema((Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=16),))

BY_FILE: dict[str, tuple[str, dict[str, Any]]] = {
    "unmeasured": ("recall", {"metrics": ["loss"]}),
    "expensive": ("self_bleu", {}),
}
"""Refusal → the endpoint, and the settings of the study that names it."""

BY_DATA: dict[str, tuple[str, Schema, dict[str, Any]]] = {
    "other_data": ("distinct_1", TABLE, {}),
    "expensive_for_data": ("two_sample_auc", IMAGES, {}),
    "without_group": ("group_gap", TABLE, {}),
    "without_likelihood": ("loss", TABLE, {"generator": {"kind": "external", "command": _COMMAND}}),
    "without_label": ("roc_auc", Schema((X,)), {}),
    "without_outcome": ("utility", Schema((X,)), {}),
    "without_colour": ("colour_distance", IMAGES, {}),
}
"""Refusal → the endpoint, the columns of the data, and the settings of the study that names it."""

_PEOPLE = Schema((X, Y, Column(name="s", role=Role.GROUP)))


def people(labels: Iterable[str], groups: Iterable[str] = ("k",), *, rows: int = 80) -> pl.DataFrame:
    """Rows whose number tells the label, where that alternates."""
    cycles = [(list(labels) * rows)[:rows], (list(groups) * rows)[:rows]]
    numbers = [float(place % 2) + place / 1_000 for place in range(rows)]
    return pl.DataFrame({"x": numbers, "y": cycles[0], "s": cycles[1]}, schema=_PEOPLE.polars)


BY_ROWS: dict[str, tuple[str, Schema, pl.DataFrame, pl.DataFrame]] = {
    "few_rows": ("rarest_group_utility", _PEOPLE, people("ab", "klm"), people("ab", "klm", rows=60)),
    "nothing_to_measure": ("broken_relations", _PEOPLE, people("ab"), people("ab")),
    "no_better_than_a_constant": ("utility", _PEOPLE, people("aab"), people("aab")),
}
"""Refusal → the endpoint, the columns, the anchor and the holdout."""
BY_ROWS_MENDED: dict[str, tuple[Schema, pl.DataFrame, pl.DataFrame]] = {
    "few_rows": (_PEOPLE, people("ab", "kkkm"), people("ab", "kkkm", rows=60)),
    "nothing_to_measure": (
        Schema((X, Column(name="z", role=Role.NUMERIC))),
        *[pl.DataFrame({"x": [n * 7 % 50 for n in range(80)], "z": [n * 7 % 50 + n % 3 for n in range(80)]})] * 2,
    ),
    "no_better_than_a_constant": (_PEOPLE, people("ab"), people("ab")),
}
"""Refusal → data with which the same endpoint can be measured."""
