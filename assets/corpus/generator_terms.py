"""The generators whose rows a version of a corpus has, each with its terms as the corpus file states them."""

from dataclasses import dataclass

from outcross.assets.corpus.generator_rules import GeneratorRules
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.assets.corpus.provenance import COLUMNS


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A generator and the terms of what it writes.

    Attributes:
        generator: its name.
        version: as its rows state it; None where they state none.
        text: the terms, or the address of their text; None where the corpus file has none for it.
    """

    generator: str
    version: str | None
    text: str | None

    @property
    def called(self) -> str:
        """The generator with its version."""
        return self.generator if self.version is None else f"{self.generator}@{self.version}"


def find_terms(corpus: OpenCorpus, version: Version) -> tuple[Terms, ...]:
    """Find the terms of each generator and version that rows of a version name, in the order of their names.

    Raises:
        Damaged: a part of the version is.
    """
    named = totals(version.counts).by_generator
    if not named:
        return ()
    pairs, types = set[tuple[str, str | None]](), {each: COLUMNS[each] for each in ("generator", "generator_version")}
    for part in version.parts[1:]:
        for rows in read_rows(corpus.files, part.path, types):
            pairs |= {(name, of) for name, of in rows.unique().iter_rows() if name in named}
    rules = corpus.settings.generators
    ordered = sorted(pairs, key=lambda pair: (pair[0], pair[1] or ""))
    return tuple(Terms(generator=name, version=of, text=rules.terms_of(name, of)) for name, of in ordered)


def tell_terms(rules: GeneratorRules, version: Version) -> list[str]:
    """Say which patterns of generators are allowed or denied, and the terms that are stated, a sentence each.

    Args:
        rules: of the corpus file.
        version: of the ledger, whose rows name generators.
    """
    said = []
    if rules.allow is not None:
        said.append(f"generators allowed: {', '.join(rules.allow) or 'none'}")
    if rules.deny:
        said.append(f"generators denied: {', '.join(rules.deny)}")
    for name in totals(version.counts).by_generator:
        said += [f"terms of {name} ('{pattern}'): {text}" for pattern, text in rules.terms_by_name(name).items()]
    return said
