"""Customers, people, sessions, tokens."""
