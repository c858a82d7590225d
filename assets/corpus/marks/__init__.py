"""Marks of others: what pictures and files beside data say of who or what made them."""
