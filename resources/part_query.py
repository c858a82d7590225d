"""SQL that reads one part of a study, as ``outcross sql`` runs it: through :mod:`outcross.resources.warehouse`."""

from outcross.resources.sql_text import quote, schema_of
from outcross.resources.store import Address

_SHARED_VIEWS = {"dataset": "datasets", "model": "models", "evaluation": "evaluations", "verdict": "verdicts"}
"""Thing → the view that has the parts of every study."""
_OWN_VIEWS = ("anchor", "holdout", "synthetic")
"""Things whose columns are the study's, so that the view is in a schema of the study's name."""


def part_query(address: Address) -> str | None:
    """Return the query that reads the rows of one part; None if no view has them."""
    view = _SHARED_VIEWS.get(address.thing)
    conditions = [] if address.generation is None else [f"generation = {address.generation}"]
    conditions += [] if address.lineage is None else [f"lineage = {quote(address.lineage)}"]
    if view is not None:
        conditions.insert(0, f"study = {quote(address.study)}")
    elif address.thing in _OWN_VIEWS:
        view = f"{schema_of(address.study)}.{address.thing}"
    else:
        return None
    return f"select * from {view}" + (f" where {' and '.join(conditions)}" if conditions else "")


def trace_query(study: str, generation: int, row_id: str) -> str:
    """Return the query that traces one synthetic row to its model, its dataset, and the seeds of both draws.

    It returns a line for each lineage that has such a row: ``lineage``, ``row_id``, ``replicate``, ``depth``; the
    model's ``generator``, ``weights_sha256`` and ``fit_seed``; the row's ``sample_seed``; and ``made_from``, the
    dataset that the model was fitted to, with its sha256.
    """
    return (
        "select lineage, row_id, replicate, depth, generator, weights_sha256, seed as fit_seed, "
        "(sampled.provenance -> 'seeds') ->> replicate::varchar as sample_seed, "
        "fitted.provenance -> 'inputs' as made_from "
        f"from {schema_of(study)}.synthetic join models using (generation, lineage, replicate) "
        "join parts as sampled using (study, generation, lineage) "
        "join parts as fitted using (study, generation, lineage) "
        f"where study = {quote(study)} and sampled.thing = 'synthetic' and fitted.thing = 'model' "
        f"and generation = {generation} and row_id = {quote(row_id)}"
    )
