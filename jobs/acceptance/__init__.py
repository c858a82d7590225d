"""Published and derived results that the loop must reproduce, run by the engine that runs a team's studies."""
