"""What stops a start: always one clear line."""


class StartError(Exception):
    """The portal cannot start; the text is the line the operator reads."""


class Stopped(BaseException):
    """Somebody asked to stop; raised only where nothing is half done."""
