"""Changes to a stored corpus that an audit has to find, or has to say that it cannot without a head kept outside.

Each changes the folder of the corpus that ``tests/assets/corpus/test_audit.py`` has: an anchor (version 1), a batch
(2), a release (3), a rejection (4), a synthetic batch (5), a trim (6).
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tests.cases.audit_damage import cut, flip

Change = Callable[[Path], None]


@dataclass(frozen=True, kw_only=True)
class Forgery:
    """A change of stored bytes.

    Attributes:
        name: what is done.
        change: does it, in the corpus's folder.
        beyond: how the sentence begins by which an audit without a head says that it cannot see this; empty where it
            has to find it.
        rederived: whether deriving the rows again finds it without a head.
    """

    name: str
    change: Change
    beyond: str = ""
    rederived: bool = False


def of(pattern: str, damage: Callable[[Path], None]) -> Change:
    """Damage the first file of a pattern; the batches come in the order of their versions."""
    return lambda folder: damage(one(folder, pattern))


def one(folder: Path, pattern: str) -> Path:
    """Find a file; ``{first}`` and ``{second}`` are the batches."""
    batches = [json.loads(version(folder, number).read_text())["batch"] for number in (2, 5)]
    return sorted(folder.glob(pattern.format(first=batches[0], second=batches[1])))[0]


def version(folder: Path, number: int) -> Path:
    return folder / f"versions/{number:08d}.json"


def garbage(path: Path) -> None:
    path.write_bytes(b"{")


def emptied(path: Path) -> None:
    pl.read_parquet(path).head(0).write_parquet(path)


def swapped(first: str, second: str) -> Change:
    def swap(folder: Path) -> None:
        one_path, other = one(folder, first), one(folder, second)
        kept = one_path.read_bytes()
        one_path.write_bytes(other.read_bytes())
        other.write_bytes(kept)

    return swap


def swapped_versions(folder: Path) -> None:
    first, second = version(folder, 3), version(folder, 4)
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)


def edited_json(edit: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        content = json.loads(path.read_text())
        edit(content)
        path.write_text(json.dumps(content))

    return change


def stated(number: int, **changes: Any) -> Change:
    """Change fields of a version."""
    return lambda folder: edited_json(lambda content: content.update(changes))(version(folder, number))


def consistently(pattern: str, edit: Callable[[Path], None]) -> Change:
    """Change a file, and its digest wherever a version names it."""

    def change(folder: Path) -> None:
        path = one(folder, pattern)
        before = digest(path)
        edit(path)
        for each in folder.glob("versions/*.json"):
            each.write_text(each.read_text().replace(before, digest(path)))

    return change


def relinked(change: Change) -> Change:
    """Make a change, and give each version the digest that its parent has then, as one who knows the layout does."""

    def forge(folder: Path) -> None:
        change(folder)
        for number in range(2, len(list(folder.glob("versions/*.json"))) + 1):
            stated(number, parent_sha256=digest(version(folder, number - 1)))(folder)

    return forge


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def with_values(**values: object) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        frame = pl.read_parquet(path)
        types = frame.schema
        frame.with_columns(pl.lit(value).cast(types[name]).alias(name) for name, value in values.items()).write_parquet(
            path
        )

    return edit


def laundered(folder: Path) -> None:
    """Call the synthetic batch real, in its rows and in every count of it."""
    consistently("batches/{second}/admitted-*", with_values(origin="real", generator=None, depth=0))(folder)
    for number in (5, 6):
        content = json.loads(version(folder, number).read_text())
        rows = sum(count["rows"] for count in content["counts"])
        real = next(count for count in content["counts"] if count["origin"] == "real")
        stated(number, counts=[real | {"rows": rows}], declared_share=0.0)(folder)


def without_newest(count: int, *, files: bool) -> Change:
    """Delete the newest versions, and what they alone name."""

    def delete(folder: Path) -> None:
        for number in range(6, 6 - count, -1):
            version(folder, number).unlink()
        if files:
            kept = "".join(path.read_text() for path in folder.glob("versions/*.json"))
            for path in (
                *folder.glob("left_out/*"),
                *folder.glob("batches/*/*.parquet"),
                *folder.glob("batches/*/claims*"),
            ):
                if path.relative_to(folder).as_posix() not in kept and "refused" not in path.parent.as_posix():
                    path.unlink()

    return delete


def without_two(folder: Path) -> None:
    for number in (4, 5):
        version(folder, number).unlink()


def replayed(folder: Path) -> None:
    """Write version 3 again in place of version 4."""
    content = json.loads(version(folder, 3).read_text())
    version(folder, 4).write_text(json.dumps(content | {"number": 4, "parent": 3}))


_KINDS = {
    "an admitted part": "batches/{first}/admitted-*",
    "an original": "batches/{first}/original*",
    "a quarantine": "batches/{first}/quarantined-*",
}
_DAMAGES: dict[str, Callable[[Path], None]] = {"flipped": flip, "cut": cut, "deleted": Path.unlink}
_WIDER = edited_json(lambda content: content.update(widened=True))
_NOTHING_TO_SEE: dict[str, dict[str, Any]] = {
    "who": {"by": "mallory"},
    "when": {"at": "1990-01-01T00:00:00+00:00"},
    "why": {"reason": "nothing to see"},
    "the bound": {"bound": 1.0},
    "the guards": {"guards": []},
}

FORGERIES: list[Forgery] = [
    *(
        Forgery(name=f"{kind} is {how}", change=of(pattern, damage))
        for kind, pattern in _KINDS.items()
        for how, damage in _DAMAGES.items()
    ),
    *(
        Forgery(name=f"{kind} is that of another batch", change=swapped(pattern, pattern.replace("first", "second")))
        for kind, pattern in _KINDS.items()
    ),
    *(
        Forgery(name=f"a version is {how}", change=of("versions/00000003.json", damage))
        for how, damage in _DAMAGES.items()
    ),
    Forgery(name="two versions have each other's place", change=swapped_versions),
    *(
        Forgery(name=f"the holdout is {how}", change=of("anchor/holdout.parquet", damage))
        for how, damage in {**_DAMAGES, "emptied": emptied, "garbage": garbage}.items()
    ),
    *(
        Forgery(name=f"{path} is {how}", change=of(f"anchor/{path}", damage))
        for path in ("profile.json", "about.json")
        for how, damage in {"flipped": flip, "garbage": garbage, "deleted": Path.unlink, "edited": _WIDER}.items()
    ),
    *(
        Forgery(name=f"the rules are {how}", change=of("rules/rules-*.json", damage))
        for how, damage in {"flipped": flip, "deleted": Path.unlink, "edited": _WIDER}.items()
    ),
    *(
        Forgery(name=f"{what}, with its digest in the ledger", change=consistently(pattern, edit))
        for what, pattern, edit in (
            ("a column of an admitted part is another", "batches/{first}/admitted-*", with_values(age=30)),
            ("an admitted part has another licence", "batches/{first}/admitted-*", with_values(licence="CC0-1.0 ")),
            ("quarantined rows are others", "batches/{first}/quarantined-*", with_values(raw="{}")),
            ("released rows are others", "batches/{first}/released-*", with_values(age=30)),
            ("the original is another", "batches/{first}/original*", with_values(age=30)),
            ("the holdout is empty", "anchor/holdout.parquet", emptied),
            ("the profile is another", "anchor/profile.json", _WIDER),
            ("the rules are others", "rules/rules-*.json", _WIDER),
        )
    ),
    Forgery(name="a synthetic batch is called real, with its counts", change=laundered),
    *(Forgery(name=f"{what} of a version is another", change=stated(4, **c)) for what, c in _NOTHING_TO_SEE.items()),
    Forgery(name="a version is written twice", change=replayed),
    Forgery(name="versions 4 and 5 are gone", change=without_two),
    Forgery(
        name="who, when and why of the newest version are others",
        change=stated(6, by="mallory", at="1990-01-01T00:00:00+00:00", reason="nothing to see"),
        beyond="rewriting: ",
    ),
    Forgery(name="the newest version has another bound", change=stated(6, bound=1.0), beyond="rewriting: "),
    Forgery(name="the newest version is gone", change=without_newest(1, files=False), beyond="deletion: "),
    Forgery(name="the newest two are gone with their files", change=without_newest(2, files=True), beyond="deletion: "),
    Forgery(
        name="the whole ledger is written again for another author",
        change=relinked(stated(2, by="mallory")),
        beyond="rewriting: ",
    ),
    Forgery(
        name="the whole ledger is written again around other rows",
        change=relinked(consistently("batches/{first}/admitted-*", with_values(age=30))),
        beyond="rewriting: ",
        rederived=True,
    ),
]
"""54: 16 plain damages, 16 of the anchor's files and the rules, 9 with digests, 7 within the ledger, 6 of its end."""
