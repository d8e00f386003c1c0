"""Which views take files, and how much of them."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

MEGABYTE: Final = 1024 * 1024
FORM_MB: Final = 10  # beside the file, so that one a little too large is refused in its own words

V = TypeVar("V", bound=Callable[..., Any])


def uploads(megabytes: int | str) -> Callable[[V], V]:
    """The view takes a body of so many megabytes, or as the setting says, and of FORM_MB more.

    Outermost on a view: lms.ui.middleware.BodySize reads the mark.
    """

    def marked(view: V) -> V:
        view.uploads = megabytes  # type: ignore[attr-defined]
        return view

    return marked
