"""How long a study takes and what it needs, measured by small trials before it runs."""
