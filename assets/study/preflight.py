"""Checks of a study against its data, made before anything runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import polars as pl

from outcross.assets.instruments.probe import Probe, build_probe
from outcross.assets.study.dealing import rows_each
from outcross.assets.study.endpoint_refusals import REFUSALS_BY_DATA, REFUSALS_BY_ROWS, Rows, Setting
from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput
from outcross.resources.schema import Modality, Schema
from outcross.resources.seeds import derive_seed
from outcross.resources.sources.column_record import to_setting
from outcross.resources.tokens import tokenize

_TEXTS = 1_000
"""Number of different texts of the anchor whose lengths are compared."""
_NEARLY_EQUAL = 0.98
"""Shortest ÷ longest text with which arms surely spend tokens that a verdict counts as equal."""


def check_study(study: Study, schema: Schema, *, anchor_rows: int) -> None:
    """Check that the generator, endpoints, arms and ladders fit the data.

    Raises:
        BadInput: one does not; the message gives the study, the arm or endpoint, the figures and the remedy.
    """
    _check_generator(study, schema)
    _check_endpoints(study, schema)
    _check_learner(study, schema)
    rows, each = _check_rows(study, anchor_rows)
    _check_fresh(study, rows, each)
    _check_curation(study, schema)
    _check_labels(study, schema)
    _check_weights(study)
    _check_budgets(study, rows)


def check_rows(study: Study, schema: Schema, *, anchor: pl.DataFrame, holdout: pl.DataFrame) -> None:
    """Check that the endpoints can be measured on these rows, and that the arms of a ladder can spend equal tokens.

    Where an endpoint is of utility, it fits the embedding and a model of the label or target to the anchor.

    Raises:
        BadInput: one cannot; the message gives the study, the endpoint or ladder, the figures and the remedy.
    """
    _check_tokens(study, schema, anchor)

    @cache
    def probe() -> Probe:
        seed = derive_seed(study.study, study.seed, "probe")
        return build_probe(anchor, holdout, schema, seed=seed)

    if study.learner is not None:
        with _named(study):
            study.learner.check_rows(schema, anchor=anchor, holdout=holdout)
    for find_reason in REFUSALS_BY_ROWS.values():
        for name in study.measured_endpoints:
            rows = Rows(endpoint=name, schema=schema, anchor=anchor, holdout=holdout, probe=probe)
            if (reason := find_reason(study.metric_of(name), rows)) is not None:
                raise BadInput(f"study '{study.study}': endpoint '{name}' {reason}")


def _check_generator(study: Study, schema: Schema) -> None:
    generator = study.generator
    if schema.modality not in generator.modalities:
        raise BadInput(
            f"study '{study.study}': generator '{generator.kind}' models {_list(generator.modalities)}, "
            f"but the source has {schema.modality} data; {_modality_remedy(schema, generator.modalities)}"
        )
    generator.check(schema)
    for lineage in study.lineages.values():
        if lineage.generator is generator:
            continue
        try:
            lineage.generator.check(schema)
        except BadInput as error:
            raise BadInput(f"study '{study.study}': arm '{lineage.arm}': {error}") from None


def _modality_remedy(schema: Schema, modalities: frozenset[Modality]) -> str:
    """Say what to write: which column makes the data what they are, and which are in the way of another generator."""
    text = schema.text
    if schema.modality != "text" or text is None or "table" not in modalities:
        return "choose another generator"
    others = [column.source_name for column in schema.columns if column is not text]
    if not others:
        return "choose another generator"
    drop = to_setting({text.source_name: "ignore"})
    keep = to_setting(dict.fromkeys(others, "ignore"))
    return (
        f"column {text.source_name!r} reads as text: set {drop!r} to model the others, or choose another generator "
        f"(such as ngram) and set {keep!r} to model the text"
    )


def _check_endpoints(study: Study, schema: Schema) -> None:
    for name in study.measured_endpoints:
        setting = Setting(endpoint=name, metrics=study.metrics, generator=study.generator, schema=schema)
        for find_reason in REFUSALS_BY_DATA.values():
            if (reason := find_reason(study.metric_of(name), setting)) is not None:
                raise BadInput(f"study '{study.study}': endpoint '{name}' {reason}")


def _check_labels(study: Study, schema: Schema) -> None:
    """Refuse an arm that selects real rows by their labels where there are none."""
    for name, arm in study.all_arms.items():
        if schema.label is None and arm.mixing.labelled_rows(1):
            raise BadInput(
                f"study '{study.study}': arm '{name}' resamples real rows to shares of the labels, but the source has "
                "no label; give a column the role 'label', or remove the arm"
            )


def _check_learner(study: Study, schema: Schema) -> None:
    if study.learner is None:
        return
    with _named(study):
        study.learner.check(schema)
    for name, arm in study.all_arms.items():
        if arm.mixing.weighs_rows and not study.learner.honours_weights:
            raise BadInput(
                f"study '{study.study}': arm '{name}' weighs its rows, but learner '{study.learner.kind}' does not "
                "support weights; use policy 'fixed' or 'fresh'"
            )


@contextmanager
def _named(study: Study) -> Iterator[None]:
    """Put the study's name before what is refused."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"study '{study.study}': {error}") from None


def _check_rows(study: Study, anchor_rows: int) -> tuple[int, int]:
    """Return the rows of a generation, and the real rows that each replicate has for all generations."""
    each = rows_each(anchor_rows, study.replicates, study.real_rows)
    has = f"the anchor has {anchor_rows:,}"
    if study.real_rows == "own":
        has += f", that is {each:,} for each of {study.replicates:,} replicates"
    if (study.rows or 2) > each:
        wanted = f"'rows' is {study.rows:,}" if study.rows else "a generation needs at least 2 rows"
        raise BadInput(
            f"study '{study.study}': {wanted}, but {has}; lower 'rows', 'replicates' or 'holdout', or add data"
        )
    return study.rows or each, each


def _check_fresh(study: Study, rows: int, each: int) -> None:
    for name, arm in study.all_arms.items():
        fresh = arm.mixing.fresh_rows(rows)
        needed = rows + fresh * (study.generations - 1)
        if fresh and needed > each:
            raise BadInput(
                f"study '{study.study}': arm '{name}' needs {needed:,} real rows over {study.generations} generations "
                f"({rows:,} for the first, then {fresh:,} new ones each), but a replicate has {each:,}; "
                "lower 'rows' or 'generations', raise the share, or add data"
            )


def _check_curation(study: Study, schema: Schema) -> None:
    for name, arm in study.all_arms.items():
        if arm.curation is None:
            continue
        try:
            arm.curation.check(schema)
        except BadInput as error:
            raise BadInput(f"study '{study.study}': arm '{name}': {error}") from None


def _check_weights(study: Study) -> None:
    for name, arm in study.all_arms.items():
        if arm.mixing.weighs_rows and not study.generator.honours_weights:
            raise BadInput(
                f"study '{study.study}': arm '{name}' weighs its rows, but generator '{study.generator.kind}' does not "
                "support weights; use policy 'fixed' or 'fresh'"
            )


def _check_budgets(study: Study, rows: int) -> None:
    """Refuse ladders of unequal budgets: a closed-form fit spends its rows, one with fixed steps the same on any."""
    if study.generator.optimiser_steps is not None or not study.generator.needs_fit:
        return
    for name, rungs in study.rungs.items():
        spent = {rung.arm: study.all_arms[rung.arm].mixing.dataset_rows(rows, 1) for rung in rungs}
        if len(set(spent.values())) > 1 and study.ladders[name].unequal_budget is None:
            figures = ", ".join(f"{arm} {count:,}" for arm, count in spent.items())
            raise BadInput(
                f"study '{study.study}': the arms of ladder '{name}' would be fitted to unequal numbers of rows "
                f"({figures}), so they would not differ in share alone; use policy 'fixed', or state the reason in "
                f"'ladders.{name}.unequal_budget'"
            )


def _check_tokens(study: Study, schema: Schema, anchor: pl.DataFrame) -> None:
    """Refuse ladders whose arms cannot promise equal tokens: texts differ in length, and steps are not fixed."""
    generator, text = study.generator, schema.text
    undeclared = [name for name, ladder in study.ladders.items() if ladder.unequal_budget is None]
    if text is None or generator.optimiser_steps is not None or not generator.needs_fit or not undeclared:
        return
    lengths = {len(tokenize(row)) for row in anchor[text.name].unique().head(_TEXTS)}
    if generator.keeps_lengths and min(lengths) >= _NEARLY_EQUAL * max(lengths):
        return
    cause = "texts differ in length" if generator.keeps_lengths else "a text that it writes may have any length"
    raise BadInput(
        f"study '{study.study}': the arms of ladder '{undeclared[0]}' may be fitted to unequal numbers of tokens, "
        f"since generator '{generator.kind}' is fitted to whole rows and {cause}; state the reason in "
        f"'ladders.{undeclared[0]}.unequal_budget', or use a generator with fixed steps"
    )


def _list(names: frozenset[str]) -> str:
    return " and ".join(sorted(names))
