"""Renewal: real batches that were admitted become part of the anchor that later ones are compared with."""
