"""Describe studies of known populations, in which every replicate draws its own real rows."""

from typing import Any

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.setting import Setting


def population_study(
    name: str,
    setting: Setting,
    *,
    of: dict[str, Any],
    generator: dict[str, Any],
    arms: dict[str, Any],
    fresh_rows: int = 0,
    **settings: Any,
) -> Study:
    """Describe a study whose models are compared with the population itself.

    Args:
        name: name of the study.
        setting: rows, generations, replicates and seed.
        of: family and parameters of the population.
        generator: settings of the generator.
        arms: name → policy and settings.
        fresh_rows: new real rows that an arm needs in each generation after the first; the largest number of any arm.
        settings: further keys of the study, such as ``ladders`` and ``endpoints``.
    """
    each = setting.rows + fresh_rows * (setting.generations - 1)
    return Study.model_validate(
        {
            "study": name,
            "seed": setting.seed,
            "source": {"kind": "population", "rows": setting.replicates * each, "seed": setting.seed, "of": of},
            "holdout": 0,
            "metrics": ["population"],
            "real_rows": "own",
            "generator": generator,
            "generations": setting.generations,
            "replicates": setting.replicates,
            "rows": setting.rows,
            "arms": arms,
            **settings,
        }
    )
