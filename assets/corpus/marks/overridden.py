"""A provenance file that says another origin than the command line: its statement is a mark, as any other is."""

from collections.abc import Iterator

from outcross.assets.corpus.marks.mark import Mark, Says
from outcross.assets.corpus.provenance import Provenance, Sidecar

_SAYS: dict[str, Says] = {"real": "real", "synthetic": "synthetic", "mixed": "mixed"}


def read_overridden(sidecar: Sidecar, origin: str, name: str) -> Iterator[tuple[int, int | None, Mark]]:
    """Yield a mark for each run of rows whose origin is another than the one given.

    Args:
        sidecar: the provenance file.
        origin: as given elsewhere.
        name: of the provenance file.
    """
    claims, start = sidecar.claims(), 0
    for rows, stated in claims.runs:
        if stated.origin in _SAYS and stated.origin != origin:
            yield start, start + rows - 1, _mark(stated, name)
        start += rows
    if claims.every.origin in _SAYS and claims.every.origin != origin:
        yield start, None, _mark(claims.every, name)


def _mark(stated: Provenance, name: str) -> Mark:
    return Mark(
        kind=f"provenance file {name}",
        says=_SAYS[stated.origin],
        statement=f"origin {stated.origin}",
        generator=stated.generator,
    )
