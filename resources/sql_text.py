"""Quoting of texts, names and paths for DuckDB's SQL."""

import glob

from outcross.resources.store import Store

RESERVED = frozenset({"main", "temp", "system", "memory", "warehouse", "information_schema", "pg_catalog"})
"""Names of DuckDB's own schemas and catalogs, and of the catalogs that views are defined in."""


def quote(text: str) -> str:
    """Return a text as an SQL literal."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def quote_name(name: str) -> str:
    """Return the name of a column as SQL has it."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def quote_path(store: Store, pattern: str) -> str:
    """Return a pattern below the store's root as an SQL literal; a remote root keeps its protocol."""
    return quote(f"{_protocol(store)}{store.path}/{pattern}")


def quote_pattern(store: Store, pattern: str) -> str:
    """Return a pattern below the store's root as an SQL literal; the root is a path, whatever characters it has.

    DuckDB holds the text of a pattern against the folders that it is confined to: these have to include the root as it
    is spelt here, ``quote_pattern(store, "")``.
    """
    return quote(f"{_protocol(store)}{_as_path(store, store.path)}/{pattern}")


def quote_file(store: Store, path: str) -> str:
    """Return a file, as the root's file system names it, as an SQL literal that is no pattern."""
    return quote(f"{_protocol(store)}{_as_path(store, path)}")


def schema_of(study: str) -> str:
    """Return the SQL schema of a study, quoted: its name, or ``study_NAME`` where DuckDB has that name itself."""
    return quote_name(f"study_{study}" if study.lower() in RESERVED else study)


def _protocol(store: Store) -> str:
    protocol = store.filesystem.protocol
    return "" if store.is_local else f"{protocol if isinstance(protocol, str) else protocol[0]}://"


def _as_path(store: Store, path: str) -> str:
    """Escape what DuckDB would take for a pattern; names in object stores are left as they are."""
    return glob.escape(path) if store.is_local else path
