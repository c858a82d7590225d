"""The shortest path from real rows and a pool to whether the pool helps: a study is inferred, written and told."""
