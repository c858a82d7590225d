"""What was declared anew of a batch, in SQL: in each version, in place of what its rows say of themselves."""

from outcross.resources.sql_text import quote

_NAMES = (
    "origin",
    "generator",
    "generator_version",
    "parent",
    "recipe",
    "licence",
    "consent",
    "collected_at",
)
"""Columns of provenance that are texts."""


def declare_anew(select: str, corpus: str) -> str:
    """Return the query for rows of versions by what each version declares of them.

    Args:
        select: the query for the rows, with ``version`` and ``batch``.
        corpus: its name.
    """
    names = (*_NAMES, "depth")
    latest = ", ".join(f"{_latest(name)} AS {name}_anew" for name in names)
    stated = f"""
        SELECT version, each.batch AS batch, {latest}
        FROM (SELECT number AS version, unnest(declarations) AS each FROM versions WHERE corpus = {quote(corpus)})
        GROUP BY version, each.batch
    """
    replaced = ", ".join(
        f"CASE WHEN anew.{name}_anew IS NULL THEN rows.{name} ELSE anew.{name}_anew.told END AS {name}"
        for name in names
    )
    return f"""
        SELECT rows.* REPLACE ({replaced})
        FROM ({select}) AS rows LEFT JOIN ({stated}) AS anew USING (version, batch)
    """


def _latest(name: str) -> str:
    """Return the last statement about a column, in a struct, since it may be that there is none; NULL without one."""
    value = f"json_extract_string(each.claims, '$.{name}')"
    told = f"{{'told': CAST({value} AS INTEGER)}}" if name == "depth" else f"{{'told': {value}}}"
    return f"max_by({told}, each.\"version\") FILTER (json_exists(each.claims, '$.{name}'))"
