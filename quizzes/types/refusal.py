"""Why a body is refused, by a code that the editor puts into its reader's language."""


class Refused(ValueError):
    """A part of a body that its type refuses.

    `code` names the fault for `quizzes.authoring.problems`, `words` what was typed there; the
    message itself is English, for the command line.
    """

    def __init__(self, code: str, message: str, words: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.words = words
