"""Incident logs of other tools, read into tickets."""
