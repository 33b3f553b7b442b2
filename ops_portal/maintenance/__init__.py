"""Planned works and the time they cut out of the clocks."""
