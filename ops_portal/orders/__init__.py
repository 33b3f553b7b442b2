"""Orders: what a customer asks for, until it is complete and signed."""
