"""Put rows that were taken into a folder or a file: whole or not at all, with their provenance, card and weights."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outcross.assets.corpus.provenance import SIDECAR
from outcross.assets.export.description import File
from outcross.assets.take.mixture import CARD, MIXTURE, Source, describe_mixture
from outcross.assets.take.taken import WEIGHT, Taken
from outcross.assets.take.written import FOLDERS, SUFFIXES, as_columns, write_folder, write_rows
from outcross.resources.atomic_file import create_folder, replace_file
from outcross.resources.errors import BadInput
from outcross.resources.sources.formats import BY_SUFFIX
from outcross.resources.system_faults import unwritable


@dataclass(frozen=True, kw_only=True)
class Put:
    """What was written.

    Attributes:
        path: the folder or file.
        sha256: of all files but the card, which has a time: the same rows give the same.
        sources: the files of rows.
        notes: what a reader should know.
    """

    path: Path
    sha256: str
    sources: tuple[Source, ...]
    notes: tuple[str, ...]


def put(taken: Taken, to: Path, *, columns: bool = False) -> Put:
    """Write rows, each as it came.

    Into a folder: a file of the rows of each origin and generator, its provenance next to it as an ingest reads it, the
    dataset card, and the weights of the files for a trainer's mixer. A path with the extension of the rows' format is
    one file, in the order of the dataset, with provenance and card next to it.

    Args:
        taken: the rows.
        to: what to write; it must not be there.
        columns: whether rows also state provenance and weight in columns of their own.

    Raises:
        BadInput: the target is there, cannot be written, or the format cannot hold the rows so.
    """
    if to.exists():
        raise BadInput(f"{to} is there already; name another folder or file, or remove it first")
    is_file = to.suffix.lower() in BY_SUFFIX
    if is_file and to.suffix != SUFFIXES[taken.form]:
        wanted = f"a file that ends in {SUFFIXES[taken.form]}, or a folder" if SUFFIXES[taken.form] else "a folder"
        raise BadInput(f"{to}: these rows came as {taken.form}; name {wanted}")
    try:
        return _put_file(taken, to, columns=columns) if is_file else _put_folder(taken, to, columns=columns)
    except OSError as error:
        raise unwritable(to, error, choose="another place") from None


def _put_folder(taken: Taken, to: Path, *, columns: bool) -> Put:
    files: dict[str, bytes] = {}
    sources = []
    for name, places in _groups(taken.claims):
        rows, claims = taken.rows.take(places), taken.claims[places]
        if taken.form in FOLDERS:
            if columns:
                write_rows(rows, taken.form, separator=None, beside=claims)
            own = {f"{name}/{path}": content for path, content in write_folder(rows, taken.form)}
        else:
            beside = as_columns(claims) if columns else None
            content = write_rows(rows, taken.form, separator=taken.separator, beside=beside)
            own = {f"{name}{SUFFIXES[taken.form]}": content}
        path = name if taken.form in FOLDERS else next(iter(own))
        files |= own
        files[path + SIDECAR] = _sidecar(claims, None if taken.form in FOLDERS else own[path])
        sources.append(Source.of(path, claims))
    files[CARD] = taken.card([_file(source, files) for source in sources]).encode()
    files[MIXTURE] = describe_mixture(taken.about, sources)
    create_folder(to, files.items())
    return Put(path=to, sha256=_digest(files, without=CARD), sources=tuple(sources), notes=taken.notes)


def _put_file(taken: Taken, to: Path, *, columns: bool) -> Put:
    beside = as_columns(taken.claims) if columns else None
    content = write_rows(taken.rows, taken.form, separator=taken.separator, beside=beside)
    source, card = Source.of(to.name, taken.claims), f"{to.name}.card.md"
    files = {
        to.name + SIDECAR: _sidecar(taken.claims, content),
        card: taken.card([_file(source, {to.name: content})]).encode(),
        to.name: content,
    }
    for name, each in files.items():  # the rows come last: where they are, all is
        replace_file(to.with_name(name), each)
    return Put(path=to, sha256=_digest(files, without=card), sources=(source,), notes=taken.notes)


def _file(source: Source, files: Mapping[str, bytes]) -> File:
    """What the card says of a file, or of a folder of files."""
    own = {name: content for name, content in files.items() if name == source.path or _is_below(name, source.path)}
    content = own.get(source.path)
    sha256 = _digest(own) if content is None else hashlib.sha256(content).hexdigest()
    return File(path=source.path, sha256=sha256, rows=source.rows, size=sum(map(len, own.values())))


def _is_below(name: str, folder: str) -> bool:
    return name.startswith(f"{folder}/")


def _digest(files: Mapping[str, bytes], *, without: str = "") -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        if name != without:
            digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def _groups(claims: pl.DataFrame) -> list[tuple[str, list[int]]]:
    """The rows of each origin, generator and version: a name for the file, and their places."""
    by = ["origin", "generator", "generator_version"]
    numbered = claims.with_row_index("place")
    groups = numbered.group_by(by, maintain_order=True).agg("place")
    named: dict[str, list[int]] = {}
    for origin, generator, version, places in groups.iter_rows():
        alone = groups.filter(pl.col("origin") == origin).height == 1
        base = origin if alone else _slug(origin, generator, version)
        name, number = base, 2
        while name in named:
            name, number = f"{base}-{number}", number + 1
        named[name] = places
    return list(named.items())


def _slug(*words: str | None) -> str:
    return "-".join(re.sub(r"[^a-z0-9.]+", "-", word.lower()).strip("-.") for word in words if word)


def _sidecar(claims: pl.DataFrame, content: bytes | None) -> bytes:
    """The provenance of a file, as an ingest reads it: runs of rows of the same claims, and what the file is."""
    stated = claims.drop(WEIGHT)
    runs = _runs(stated)
    common = {name: runs[0][name] for name in stated.columns if all(run[name] == runs[0][name] for run in runs)}
    said: dict[str, object] = {name: value for name, value in common.items() if value is not None}
    if len(runs) > 1:
        said.setdefault("origin", "mixed")
        varying = [name for name in stated.columns if name not in common]
        said["parts"] = [
            {"rows": run["rows"], **{name: run[name] for name in varying if run[name] is not None}} for run in runs
        ]
    if content is not None:
        said |= {"rows": claims.height, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def _runs(claims: pl.DataFrame) -> list[dict[str, object]]:
    """Runs of consecutive rows with the same claims, and their number of rows."""
    names = claims.columns
    number = pl.struct(names).rle_id()
    return (
        claims.group_by(run=number, maintain_order=True)
        .agg(*(pl.col(name).first() for name in names), rows=pl.len())
        .drop("run")
        .to_dicts()
    )
