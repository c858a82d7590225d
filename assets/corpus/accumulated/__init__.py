"""Guards that accumulate: small changes that no single batch shows, and many batches together do."""
