"""Service descriptions, calendars, contracts and their solution elements."""
