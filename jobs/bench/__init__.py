"""What Outcross costs and how good it is, beside its peers: every row measured by real programs in fresh processes."""
