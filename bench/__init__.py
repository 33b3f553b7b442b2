"""The benchmarks: each measures us and the peers in one run."""
