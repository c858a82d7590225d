"""Quoting of texts and paths for DuckDB's SQL."""

from outcross.resources.store import Store


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
    protocol = store.filesystem.protocol
    prefix = "" if store.is_local else f"{protocol if isinstance(protocol, str) else protocol[0]}://"
    return quote(f"{prefix}{store.path}/{pattern}")
