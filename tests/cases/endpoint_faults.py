"""Studies whose endpoint is refused: each for exactly one reason."""

from typing import Any

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
    "without_label": ("utility", Schema((X,)), {}),
}
"""Refusal → the endpoint, the columns of the data, and the settings of the study that names it."""
