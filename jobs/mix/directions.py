"""Which way is better, of scores that a team's program writes under their usual names."""

from typing import Final, Literal

Better = Literal["higher", "lower"]
_HIGHER: Final = ("accuracy", "acc", "auc", "auroc", "auprc", "f1", "precision", "recall", "r2", "bleu", "rouge", "iou")
_LOWER: Final = (
    "loss",
    "error",
    "errors",
    "rmse",
    "mae",
    "mse",
    "mape",
    "perplexity",
    "ppl",
    "nll",
    "wer",
    "cer",
    "brier",
)


def better_of(name: str) -> Better | None:
    """Return which way is better, by the words of a name, as ``lower`` of ``val_loss``; None where they leave it open.

    Args:
        name: of a score, words joined by ``_``.
    """
    words = set(name.lower().split("_"))
    higher, lower = bool(words & {*_HIGHER}), bool(words & {*_LOWER})
    return None if higher == lower else "higher" if higher else "lower"
