"""First pages, health and metrics."""
