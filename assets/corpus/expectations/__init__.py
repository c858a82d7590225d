"""The expectations of a corpus, as suites of Great Expectations: derived from its anchor, and a team's own."""
