"""The way back below the bound."""
