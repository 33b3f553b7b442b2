# What we use of Flask-WTF's protection against forged requests.

from flask import Blueprint, Flask

class CSRFError(Exception):
    description: str

class CSRFProtect:
    def __init__(self, app: Flask | None = None) -> None: ...
    def exempt(self, view: Blueprint) -> Blueprint: ...

def generate_csrf(secret_key: str | None = None, token_key: str | None = None) -> str: ...
