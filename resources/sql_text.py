"""Texts and places as DuckDB's SQL writes them."""

from outcross.resources.store import Store


def quote(text: str) -> str:
    """A text as an SQL literal."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def quote_path(store: Store, pattern: str) -> str:
    """A pattern below the root, quote: with the protocol where the root is no folder of this machine."""
    protocol = store.filesystem.protocol
    prefix = "" if store.is_local else f"{protocol if isinstance(protocol, str) else protocol[0]}://"
    return quote(f"{prefix}{store.path}/{pattern}")
