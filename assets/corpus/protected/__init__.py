"""Protected sets: test sets of a team's own of which no row may enter a corpus."""
