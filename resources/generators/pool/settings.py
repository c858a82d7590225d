"""A pool: synthetic rows that were made elsewhere, which are drawn from and never refitted."""

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import polars as pl
from pydantic import BeforeValidator, Field, PositiveInt, PrivateAttr, ValidationError, ValidationInfo, model_validator

from outcross.resources.generators.contract import Budget, Cohort, Generator, Progress, Tensors
from outcross.resources.generators.pool.model import SEEDS, PoolModel
from outcross.resources.schema import Modality, Schema
from outcross.resources.sources.blocks import DEFAULT_BLOCK
from outcross.resources.sources.convert import NotFinite
from outcross.resources.sources.files import Files
from outcross.resources.sources.formats import FormatName
from outcross.resources.sources.read_as import RowsRead, read_as, with_places
from outcross.resources.sources.yaml_values import NullValues, null_word

_OWN = ("kind", "leave_out_anchor", "repeats")
"""Keys that are about a pool, and not about how its files are read."""


class Pool(Generator):
    """Rows made elsewhere, such as by a vendor or a model behind an interface.

    ``Pool(path="synthetic.jsonl")``. Its keys are those of the source ``files``, but for roles and types of columns:
    rows are read by the columns of the anchor. Each replicate goes through the pool in an order of its own, and no
    generation draws what an earlier one of its lineage drew. Nothing is fitted, so a fit costs nothing.

    Attributes:
        leave_out_anchor: whether rows that equal a row of the anchor are left out. Those of the holdout and of named
            test sets always are.
        repeats: whether a pool with equal rows is refused where no two real rows are equal.
    """

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table", "text", "image"})
    scores_rows: ClassVar[bool] = False
    needs_fit: ClassVar[bool] = False
    keeps_lengths: ClassVar[bool] = False

    kind: Literal["pool"] = "pool"
    path: str | list[str] = Field(min_length=1, description="paths, globs or URLs of the rows")
    leave_out_anchor: bool = Field(default=True, description="whether rows that equal a row of the anchor are left out")
    repeats: Literal["refuse", "keep"] = Field(
        default="refuse", description="whether equal rows are refused where no two real rows are equal"
    )
    format: FormatName | None = None
    template: str | None = None
    size: tuple[PositiveInt, PositiveInt] | None = None
    grey: bool = False
    rows_limit: int | None = Field(default=None, ge=2)
    nan: Annotated[NotFinite, BeforeValidator(null_word)] = "error"
    null_values: NullValues = Field(default=[])
    separator: str | None = Field(default=None, min_length=1, max_length=1)
    header: bool | None = None
    names: list[str] = Field(default=[])
    skip_rows: int = Field(default=0, ge=0)
    encoding: str | None = None
    block: int = Field(default=DEFAULT_BLOCK, ge=2)
    rows: Literal["files"] | None = None

    _files: Files = PrivateAttr()

    @model_validator(mode="after")
    def _as_files(self, info: ValidationInfo) -> Self:
        keys = self.model_dump(exclude=set(_OWN))
        try:
            self._files = Files.model_validate({"kind": "files", **keys}, context=info.context)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"]))
            raise ValueError(f"'{key}': {first['msg'].removeprefix('Value error, ')}") from None
        return self

    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` where a file of the pool does not exist; its rows are read when the pool is made."""
        self._files.locate_files()

    def read(self, schema: Schema, *, leave_out: Collection[str] = ()) -> RowsRead:
        """Read every row by the columns of the anchor; args and errors are those of :func:`read_as`."""
        return read_as(self._files, schema, what="generator 'pool'", leave_out=leave_out)

    @property
    def files(self) -> Files:
        """Its files."""
        return self._files

    def content_version(self) -> str:
        """Identify the content of its files; raises ``BadInput`` if one cannot be read."""
        return self._files.content_version()

    def named_files(self) -> Mapping[str, Callable[[], str]]:
        """Its files."""
        return {"path": self._files.identity}

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> PoolModel:
        """Give each replicate its order of the pool; its training rows play no part.

        Raises:
            BadInput: the pool is not in the store, and its files cannot be used.
        """
        numbers = cohort.replicates
        pool = self._read(cohort.schema) if cohort.pool is None else cohort.pool
        counts = [cohort.rows.filter(pl.col("replicate") == number).height for number in numbers]
        nothing = [0] * len(numbers)
        return PoolModel(
            schema=cohort.schema,
            orders={number: cohort.orders.get(number, cohort.seeds[number]) for number in numbers},
            drawn=cohort.drawn,
            budget=Budget(rows=counts, tokens=nothing, steps=0, rows_seen=nothing),
            settings=self.model_dump(mode="json"),
            version=self.version,
            read=lambda: pool,
        )

    def load(self, tensors: Tensors, card: dict[str, Any]) -> PoolModel:
        """Rebuild the orders; the rows are read from the files unless :meth:`PoolModel.offer_pool` gives them."""
        schema = Schema.from_json(card["schema"])
        seeds = np.asarray(tensors[SEEDS]).tolist()
        orders: Mapping[int, int] = dict(zip(card["replicates"], seeds, strict=True))
        return PoolModel(
            schema=schema,
            orders=orders,
            drawn=card["drawn"],
            budget=Budget(**card["budget"]),
            settings=self.model_dump(mode="json"),
            version=self.version,
            read=lambda: self._read(schema),
        )

    def _read(self, schema: Schema) -> pl.DataFrame:
        return with_places(self.read(schema).rows)
