# What we use of Bootstrap-Flask, which brings no types.

from flask import Flask

class Bootstrap5:
    def __init__(self, app: Flask | None = None) -> None: ...
