"""Figures about a few people tell of each of them, to whoever knows who they are.

So one who may not see people one by one reads of fewer than five only that they are few: a trainer
in how many take his courses, and in whatever is counted of their answers. From one who sees them by
name (a coordinator his units, an operator the instance) nothing is held back. Nobody is shown as 0.
Five is the usual threshold of official statistics.
"""

from typing import Final

from django.utils.translation import gettext as _

SMALL_GROUP: Final = 5


def is_small(number: int) -> bool:
    """Whether figures about so many people are held back."""
    return 0 < number < SMALL_GROUP


def any_small(*numbers: int) -> bool:
    """Whether a page with these figures has to say that some are held back."""
    return any(map(is_small, numbers))


def head_count(number: int) -> str:
    """How many people, as it is shown: of a small group only that it is one."""
    return _("fewer than %(number)d") % {"number": SMALL_GROUP} if is_small(number) else str(number)
