"""What moved most is found from the first models to the last generation of the chosen arm."""

from types import SimpleNamespace
from typing import Any

import polars as pl

from outcross.assets.verdict.moved import find_moved, moved_classes
from tests.assets.verdict.studies import arm, evaluations


def recalls(**of_classes: tuple[float | None, float | None]) -> pl.DataFrame:
    """Recall of each class in generation 0 and in the last generation of an arm."""
    of_all = evaluations([0.9], {arm(0.8): [0.9]}, metric="class_recall", generations=4)
    last = (pl.col("arm") == arm(0.8)) & (pl.col("generation") == 3)
    parts = [
        of_all.filter((pl.col("arm") == "shared") | last).with_columns(
            about=pl.lit(f"label={name}"), value=pl.when(last).then(pl.lit(end)).otherwise(pl.lit(start))
        )
        for name, (start, end) in of_classes.items()
    ]
    return pl.concat([of_all, *parts]).filter(pl.col("value").is_not_null())


def test_images_are_compared_in_the_last_generation_of_the_study() -> None:
    artefacts: Any = SimpleNamespace(schema=SimpleNamespace(modality="image"), study=SimpleNamespace(generations=4))
    (found,) = find_moved(artefacts, arm(0.8), recalls(a=(0.9, 0.2)))
    assert (found.name, found.first, found.last) == ("label=a", 0.9, 0.2)


def test_a_class_that_was_measured_at_one_end_only_is_left_out() -> None:
    found = moved_classes(recalls(a=(0.9, 0.2), gone=(0.8, None), new=(None, 0.7)), arm(0.8), last=3)
    assert [each.name for each in found] == ["label=a"]
