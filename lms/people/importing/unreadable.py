from django.utils.functional import Promise


class Unreadable(ValueError):
    """A file that cannot be read as a staff list; `message` says why, in the reader's language."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message
