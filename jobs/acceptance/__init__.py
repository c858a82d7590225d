"""Acceptance: published and derived results that the engine reproduces, run by the same loop as a team's studies."""
