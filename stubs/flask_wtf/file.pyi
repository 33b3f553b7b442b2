# What we use of Flask-WTF's file fields.

from werkzeug.datastructures import FileStorage
from wtforms import FileField as PlainFileField

class FileField(PlainFileField):
    data: FileStorage | None

class FileRequired:
    def __init__(self, message: str | None = None) -> None: ...
    def __call__(self, form: object, field: object) -> None: ...
