"""The HTTP edge that all pages share."""
