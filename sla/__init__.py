"""The SLA clock and the service credits: pure functions over facts."""
