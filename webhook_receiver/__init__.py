"""HTTP in: verify, store once, wake a worker, answer. Knows no money."""
