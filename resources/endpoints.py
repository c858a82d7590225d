"""What a verdict may be about: the metrics, the reading of "collapse" each stands for, and which way is better."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Literal

from outcross.resources.schema import Modality

Direction = Literal["lower", "higher", "one"]
"""Which values are better: lower ones, higher ones, or those near one (ratios to the real data)."""


MetricFamily = Literal[
    "loss",
    "population",
    "scaling",
    "frechet",
    "neighbours",
    "variance_ratio",
    "entropy_ratio",
    "class_survival",
    "rare_survival",
    "vendi",
    "words",
    "cross_entropy",
    "ngram_entropy",
    "zipf_slope",
    "repetition_rate",
    "self_bleu",
    "near_duplicates",
    "frontier",
    "utility",
    "shapes",
    "pairs",
    "marginal_wasserstein",
    "tail_mass",
    "rare_mass",
    "two_sample",
    "privacy",
    "groups",
    "kernel_distance",
    "class_recall",
    "spectrum",
    "closeness",
]
"""Metrics that are computed together, and so are chosen together."""

ONLY_WHERE_NAMED: Mapping[str, frozenset[Modality]] = {
    "scaling": frozenset({"image", "table", "text"}),
    "two_sample": frozenset({"image"}),
    "privacy": frozenset({"image"}),
    "closeness": frozenset({"image"}),
    "self_bleu": frozenset({"text"}),
    "near_duplicates": frozenset({"text"}),
    "frontier": frozenset({"text"}),
}
"""Those too dear to be measured by every study, and of which data: a study's ``metrics`` has to name them."""

WITHOUT_HOLDOUT: frozenset[MetricFamily] = frozenset({"population"})
"""Those that hold a model against the population its data was drawn from, and so need no held-out rows."""


class Definition(StrEnum):
    """The family of readings of "model collapse" that a metric belongs to."""

    LOSS_GROWS = "loss grows"
    SHAPE_DEFORMS = "shape deforms"
    TAILS_VANISH = "tails and modes vanish"
    UTILITY_FALLS = "utility falls"
    SCALING_CHANGES = "scaling changes"
    ROWS_ARE_COPIED = "rows are copied"


class Reading(StrEnum):
    """The eight things that have been called "model collapse" (Schaeffer et al. 2025, arXiv 2503.03150), and none."""

    CATASTROPHIC_RISK = "catastrophic increase of population risk"
    ANY_RISK = "any increase of population risk"
    DIVERGING_RISK = "asymptotically diverging population risk"
    VARIANCE = "collapsing variance"
    SCALING = "change in scaling law"
    MODES = "disappearance of real data modes"
    TAILS = "disappearance of real data tails"
    HALLUCINATED = "appearance of hallucinated data modes"
    NONE_OF_THEM = "none of the eight: rows that repeat those they were learned from"


ANY: frozenset[Modality] = frozenset({"image", "table", "text"})
TEXT: frozenset[Modality] = frozenset({"text"})
TABLE: frozenset[Modality] = frozenset({"table"})
ROWS: frozenset[Modality] = frozenset({"image", "table"})
IMAGE: frozenset[Modality] = frozenset({"image"})


@dataclass(frozen=True)
class Endpoint:
    """One metric: its name, the definition of collapse it stands for, which way is better, and what it means.

    ``reading`` says which of the eight readings of "model collapse" it measures; ``measured_with`` the family it is
    computed in.
    """

    metric: str
    definition: Definition
    reading: Reading
    direction: Direction
    modalities: frozenset[Modality]
    meaning: str
    measured_with: MetricFamily
    needs_label: bool = False
    needs_group: bool = False


_LOSS, _SHAPE, _TAILS, _UTILITY, _SCALING, _COPIED = (
    Definition.LOSS_GROWS,
    Definition.SHAPE_DEFORMS,
    Definition.TAILS_VANISH,
    Definition.UTILITY_FALLS,
    Definition.SCALING_CHANGES,
    Definition.ROWS_ARE_COPIED,
)


def _endpoints() -> Iterable[Endpoint]:
    risk, variance, modes, tails = Reading.ANY_RISK, Reading.VARIANCE, Reading.MODES, Reading.TAILS
    invented, scaling = Reading.HALLUCINATED, Reading.SCALING

    meaning = "held-out loss of the model, nats per row (per token for text)"
    yield Endpoint("loss", _LOSS, risk, "lower", ANY, meaning, "loss")
    meaning = "nats per token of the synthetic text under a model of the real"
    yield Endpoint("cross_entropy", _LOSS, invented, "lower", TEXT, meaning, "cross_entropy")
    meaning = "squared error of the fitted parameters, the population known"
    yield Endpoint("excess_risk", _LOSS, risk, "lower", ROWS, meaning, "population")

    meaning = "Fréchet distance in an embedding fitted on the anchor"
    yield Endpoint("frechet", _SHAPE, variance, "lower", ANY, meaning, "frechet")
    meaning = "share of synthetic rows inside the real manifold (k-NN)"
    yield Endpoint("precision", _SHAPE, invented, "higher", ANY, meaning, "neighbours")
    meaning = "how deep synthetic rows lie in the real manifold (k-NN)"
    yield Endpoint("density", _SHAPE, invented, "higher", ANY, meaning, "neighbours")
    meaning = "geometric mean over features of synthetic ÷ real variance"
    yield Endpoint("variance_ratio", _SHAPE, variance, "one", ROWS, meaning, "variance_ratio")
    meaning = "synthetic ÷ real entropy of the discrete columns, bins or tokens"
    yield Endpoint("entropy_ratio", _SHAPE, variance, "one", ANY, meaning, "entropy_ratio")
    meaning = "squared 2-Wasserstein distance of the model to its population"
    yield Endpoint("wasserstein", _SHAPE, variance, "lower", ROWS, meaning, "population")
    meaning = "variance of the model ÷ that of its population"
    yield Endpoint("fitted_variance", _SHAPE, variance, "one", ROWS, meaning, "population")

    meaning = "share of real rows inside the synthetic manifold (k-NN)"
    yield Endpoint("recall", _TAILS, modes, "higher", ANY, meaning, "neighbours")
    meaning = "share of real rows with a synthetic row among their neighbours"
    yield Endpoint("coverage", _TAILS, modes, "higher", ANY, meaning, "neighbours")
    meaning = "share of the label's classes still generated"
    yield Endpoint("class_survival", _TAILS, modes, "higher", ROWS, meaning, "class_survival", needs_label=True)
    meaning = "share of the rare categories (under 5 %) still generated"
    yield Endpoint("rare_survival", _TAILS, tails, "higher", ROWS, meaning, "rare_survival")
    meaning = "rows that differ from one another, in effect (Vendi score)"
    yield Endpoint("vendi", _TAILS, modes, "higher", ANY, meaning, "vendi")
    meaning = "rows that differ from one another in effect, synthetic ÷ as many real ones (Vendi score)"
    yield Endpoint("vendi_ratio", _TAILS, modes, "one", ANY, meaning, "vendi")
    meaning = "share of the real word types still generated"
    yield Endpoint("vocabulary_survival", _TAILS, tails, "higher", TEXT, meaning, "words")
    for length, of in enumerate(("words", "word pairs", "word triples", "word quadruples"), start=1):
        yield Endpoint(f"distinct_{length}", _TAILS, tails, "higher", TEXT, f"distinct ÷ all {of}", "words")
    meaning = "width of the model's support ÷ that of its population"
    yield Endpoint("support", _TAILS, tails, "one", ROWS, meaning, "population")
    meaning = "chance that two draws differ, of the model ÷ of its population"
    yield Endpoint("diversity", _TAILS, modes, "higher", ROWS, meaning, "population")

    meaning = "accuracy of a classifier trained on synthetic, tested on real"
    yield Endpoint("utility", _UTILITY, risk, "higher", ROWS, meaning, "utility", needs_label=True)
    meaning = "the same classifier trained on real rows, for comparison"
    yield Endpoint("utility_real", _UTILITY, risk, "higher", ROWS, meaning, "utility", needs_label=True)
    meaning = "accuracy of the fitted classifier on its population"
    yield Endpoint("accuracy", _UTILITY, risk, "higher", ROWS, meaning, "population")

    meaning = "held-out loss saved by the last doubling of the training rows: does more data still help?"
    yield Endpoint("doubling_gain", _SCALING, scaling, "higher", ANY, meaning, "scaling")


def _endpoints_of_tables() -> Iterable[Endpoint]:
    risk, variance, modes, tails = Reading.ANY_RISK, Reading.VARIANCE, Reading.MODES, Reading.TAILS
    invented, none = Reading.HALLUCINATED, Reading.NONE_OF_THEM

    meaning = "mean over columns of 1 − Kolmogorov–Smirnov or total variation distance (SDMetrics' Column Shapes)"
    yield Endpoint("column_shapes", _SHAPE, variance, "higher", TABLE, meaning, "shapes")
    meaning = "Kolmogorov–Smirnov distance, mean over numeric columns"
    yield Endpoint("ks", _SHAPE, variance, "lower", TABLE, meaning, "shapes")
    meaning = "total variation distance, mean over discrete columns"
    yield Endpoint("total_variation", _SHAPE, modes, "lower", TABLE, meaning, "shapes")
    meaning = "mean likeness of the columns' correlations and cross tables (SDMetrics' Column Pair Trends)"
    yield Endpoint("pair_trends", _SHAPE, variance, "higher", TABLE, meaning, "pairs")
    meaning = "mean change of the correlation of two numeric columns"
    yield Endpoint("correlation_drift", _SHAPE, variance, "lower", TABLE, meaning, "pairs")
    meaning = "mean change of the association of two columns: |r|, Cramér's V or η"
    yield Endpoint("association_drift", _SHAPE, variance, "lower", TABLE, meaning, "pairs")
    meaning = "1-Wasserstein distance ÷ the anchor's deviation, mean over numeric columns"
    yield Endpoint("marginal_wasserstein", _SHAPE, variance, "lower", TABLE, meaning, "marginal_wasserstein")
    meaning = "area under the ROC curve of a classifier of synthetic against real rows"
    yield Endpoint("two_sample_auc", _SHAPE, invented, "lower", ROWS, meaning, "two_sample")

    meaning = "synthetic ÷ real share of values beyond the anchor's 1 % and 99 % quantiles"
    yield Endpoint("tail_mass", _TAILS, tails, "one", TABLE, meaning, "tail_mass")
    meaning = "synthetic ÷ real mass of the rare levels (under 5 %)"
    yield Endpoint("rare_mass", _TAILS, tails, "one", TABLE, meaning, "rare_mass")

    meaning = "median distance to the closest record ÷ that of real rows never seen"
    yield Endpoint("record_distance", _COPIED, none, "one", ROWS, meaning, "privacy")
    meaning = "distance to the nearest ÷ to the second nearest record, mean over synthetic rows"
    yield Endpoint("neighbour_ratio", _COPIED, none, "higher", ROWS, meaning, "privacy")
    meaning = "share of synthetic rows equal to a record in every column (images: in every pixel)"
    yield Endpoint("copies", _COPIED, none, "lower", ROWS, meaning, "privacy")
    meaning = "share of synthetic rows farther from their nearest record than it is from another"
    yield Endpoint("authenticity", _COPIED, none, "higher", ROWS, meaning, "privacy")

    meaning = "the same as utility on the rows of a group alone, mean over groups"
    yield Endpoint(
        "group_utility", _UTILITY, risk, "higher", TABLE, meaning, "groups", needs_label=True, needs_group=True
    )
    meaning = "utility on the rows of the group that is rarest in the anchor"
    yield Endpoint(
        "rarest_group_utility", _UTILITY, tails, "higher", TABLE, meaning, "groups", needs_label=True, needs_group=True
    )
    meaning = "largest − smallest utility of a group"
    yield Endpoint("group_gap", _UTILITY, risk, "lower", TABLE, meaning, "groups", needs_label=True, needs_group=True)
    meaning = "largest change of a group's share"
    yield Endpoint(
        "group_share_gap", _SHAPE, modes, "lower", TABLE, meaning, "groups", needs_label=True, needs_group=True
    )
    meaning = "largest total variation of the label within a group"
    yield Endpoint(
        "label_rate_gap", _SHAPE, variance, "lower", TABLE, meaning, "groups", needs_label=True, needs_group=True
    )


def _endpoints_of_images() -> Iterable[Endpoint]:
    variance, modes, none = Reading.VARIANCE, Reading.MODES, Reading.NONE_OF_THEM

    meaning = "squared maximum mean discrepancy in an embedding fitted on the anchor, cubic kernel, unbiased"
    yield Endpoint("kernel_distance", _SHAPE, variance, "lower", IMAGE, meaning, "kernel_distance")
    meaning = "change of synthetic ÷ real power per octave of spatial frequency: below 1 blurred, above 1 noisy"
    yield Endpoint("spectral_tilt", _SHAPE, variance, "one", IMAGE, meaning, "spectrum")

    meaning = "recall of each class by the synthetic rows of that class, mean over classes"
    yield Endpoint("class_recall", _TAILS, modes, "higher", IMAGE, meaning, "class_recall", needs_label=True)
    meaning = "the lowest recall of a class"
    yield Endpoint("worst_class_recall", _TAILS, modes, "higher", IMAGE, meaning, "class_recall", needs_label=True)
    meaning = "share of synthetic rows nearer to each other than 95 % of real ones are"
    yield Endpoint("close_repeats", _TAILS, modes, "lower", IMAGE, meaning, "closeness")

    meaning = "share of synthetic rows nearer to a record than 95 % of real rows never seen"
    yield Endpoint("close_copies", _COPIED, none, "lower", IMAGE, meaning, "closeness")


def _endpoints_of_texts() -> Iterable[Endpoint]:
    variance, modes, tails = Reading.VARIANCE, Reading.MODES, Reading.TAILS
    invented, none = Reading.HALLUCINATED, Reading.NONE_OF_THEM

    meaning = "perplexity of the synthetic text under a model of the real"
    yield Endpoint("cross_perplexity", _LOSS, invented, "lower", TEXT, meaning, "cross_entropy")
    meaning = "perplexity under a model of the real, synthetic ÷ held-out text"
    yield Endpoint("perplexity_ratio", _LOSS, invented, "one", TEXT, meaning, "cross_entropy")

    for length, of in enumerate(("words", "word pairs", "word triples", "word quadruples"), start=1):
        meaning = f"entropy of the {of}, nats"
        yield Endpoint(f"ngram_entropy_{length}", _SHAPE, variance, "higher", TEXT, meaning, "ngram_entropy")
    meaning = "share of a row's word quadruples that stood in it before, mean over rows"
    yield Endpoint("repetition_rate", _SHAPE, variance, "lower", TEXT, meaning, "repetition_rate")
    meaning = "BLEU of a synthetic row against the other ones, mean over rows"
    yield Endpoint("self_bleu", _SHAPE, variance, "lower", TEXT, meaning, "self_bleu")
    meaning = "area under the divergence frontier of synthetic and real rows, 1 where nothing tells them apart"
    yield Endpoint("frontier_area", _SHAPE, modes, "higher", TEXT, meaning, "frontier")
    meaning = "divergence of synthetic and real rows from their mixtures, 0 where nothing tells them apart"
    yield Endpoint("frontier_integral", _SHAPE, modes, "lower", TEXT, meaning, "frontier")

    meaning = "slope of ln frequency over ln rank of the words, synthetic ÷ real"
    yield Endpoint("zipf_slope", _TAILS, tails, "one", TEXT, meaning, "zipf_slope")
    meaning = "share of the rarest real word types (5 % of the tokens) still generated"
    yield Endpoint("rare_type_survival", _TAILS, tails, "higher", TEXT, meaning, "words")
    meaning = "share of synthetic rows with an equal other one"
    yield Endpoint("exact_duplicates", _TAILS, modes, "lower", TEXT, meaning, "near_duplicates")
    meaning = "share of synthetic rows with a nearly equal other one"
    yield Endpoint("near_duplicates", _TAILS, modes, "lower", TEXT, meaning, "near_duplicates")

    meaning = "share of synthetic rows equal to a record"
    yield Endpoint("exact_copies", _COPIED, none, "lower", TEXT, meaning, "near_duplicates")
    meaning = "share of synthetic rows nearly equal to a record"
    yield Endpoint("near_copies", _COPIED, none, "lower", TEXT, meaning, "near_duplicates")


ENDPOINTS: dict[str, Endpoint] = {
    endpoint.metric: endpoint
    for endpoint in chain(_endpoints(), _endpoints_of_tables(), _endpoints_of_images(), _endpoints_of_texts())
}
"""Metric → endpoint, for everything a verdict may be about."""
