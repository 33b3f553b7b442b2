"""Records: the data register, and what it drives: exports, deletions, certificates."""
