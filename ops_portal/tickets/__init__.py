"""Incidents: their history of facts and the clocks read from it."""
