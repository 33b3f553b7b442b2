"""The two servers the portal brings along, and the supervisor that runs everything on one machine.

Nothing here imports the web framework: a second start has to be quick.
"""
