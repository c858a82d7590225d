"""What a verdict may be about: the metrics, the reading of "collapse" each stands for, and which way is better."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from resources.schema import Modality

Direction = Literal["lower", "higher", "one"]
"""Which values are better: lower ones, higher ones, or those near one (ratios to the real data)."""


class Definition(StrEnum):
    """The family of readings of "model collapse" that a metric belongs to."""

    LOSS_GROWS = "loss grows"
    SHAPE_DEFORMS = "shape deforms"
    TAILS_VANISH = "tails and modes vanish"
    UTILITY_FALLS = "utility falls"


ANY: frozenset[Modality] = frozenset({"image", "table", "text"})
TEXT: frozenset[Modality] = frozenset({"text"})
ROWS: frozenset[Modality] = frozenset({"image", "table"})


@dataclass(frozen=True)
class Endpoint:
    """One metric: its name, the definition of collapse it stands for, which way is better, and what it means."""

    metric: str
    definition: Definition
    direction: Direction
    modalities: frozenset[Modality]
    meaning: str
    needs_label: bool = False


def _registry(endpoints: Iterable[Endpoint]) -> dict[str, Endpoint]:
    return {endpoint.metric: endpoint for endpoint in endpoints}


_L, _S, _T, _U = (
    Definition.LOSS_GROWS,
    Definition.SHAPE_DEFORMS,
    Definition.TAILS_VANISH,
    Definition.UTILITY_FALLS,
)

ENDPOINTS: dict[str, Endpoint] = _registry(
    [
        Endpoint("loss", _L, "lower", ANY, "held-out loss of the model, nats per row (per token for text)"),
        Endpoint("cross_entropy", _L, "lower", TEXT, "nats per token of the synthetic text under a model of the real"),
        Endpoint("frechet", _S, "lower", ANY, "Fréchet distance in an embedding fitted on the anchor"),
        Endpoint("precision", _S, "higher", ANY, "share of synthetic rows inside the real manifold (k-NN)"),
        Endpoint("density", _S, "higher", ANY, "how deep synthetic rows lie in the real manifold (k-NN)"),
        Endpoint("variance_ratio", _S, "one", ROWS, "geometric mean over features of synthetic ÷ real variance"),
        Endpoint("entropy_ratio", _S, "one", ANY, "synthetic ÷ real entropy of the discrete columns, bins or tokens"),
        Endpoint("recall", _T, "higher", ANY, "share of real rows inside the synthetic manifold (k-NN)"),
        Endpoint("coverage", _T, "higher", ANY, "share of real rows with a synthetic row among their neighbours"),
        Endpoint(
            "class_survival", _T, "higher", ROWS, "share of the label's classes still generated", needs_label=True
        ),
        Endpoint("rare_survival", _T, "higher", ROWS, "share of the rare categories (under 5 %) still generated"),
        Endpoint("vocabulary_survival", _T, "higher", TEXT, "share of the real word types still generated"),
        Endpoint("distinct_1", _T, "higher", TEXT, "distinct ÷ all words"),
        Endpoint("distinct_2", _T, "higher", TEXT, "distinct ÷ all word pairs"),
        Endpoint("distinct_3", _T, "higher", TEXT, "distinct ÷ all word triples"),
        Endpoint("distinct_4", _T, "higher", TEXT, "distinct ÷ all word quadruples"),
        Endpoint("utility", _U, "higher", ROWS, "accuracy of a classifier trained on synthetic, tested on real", True),
        Endpoint("utility_real", _U, "higher", ROWS, "the same classifier trained on real rows, for comparison", True),
    ]
)
