"""A simulated year of batches: which events do guards of batches find, and which the guards that accumulate."""
