"""What is found damaged: also a version that reads well, and has other bytes than the next one names."""

from pathlib import Path

from outcross.assets.corpus.damage import find_damage
from outcross.assets.corpus.ledger.ledger import version_path
from tests.assets.corpus.people import people, start, take


def test_a_version_that_was_written_again_is_found_by_the_digest_in_the_next(tmp_path: Path) -> None:
    corpus = start(tmp_path / "people")
    take(corpus, tmp_path / "one.parquet", people(20, 1))
    assert find_damage(corpus) is None
    first = Path(corpus.files.location(version_path(1)))
    first.write_bytes(first.read_bytes() + b"\n")
    found = find_damage(corpus)
    assert found is not None and str(first) in str(found) and "has other bytes than version 2 wrote" in str(found)
