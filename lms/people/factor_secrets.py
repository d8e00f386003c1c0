"""The secrets of second factors, encrypted in the database and its backups.

Fernet (AES-128-CBC with HMAC-SHA256) under keys that HKDF-SHA256 makes of FACTOR_KEYS, SECRET_KEY
and SECRET_KEY_FALLBACKS: the first encrypts, any decrypts. So a new key is put before the old one,
`manage.py renew_factor_secrets` encrypts anew, and the old one can go.
"""

import base64
import logging
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

logger = logging.getLogger(__name__)

PURPOSE = b"waypost: secrets of second factors"
MARK = "gAAAAA"  # how each Fernet token begins; a plain secret is base32 or hexadecimal
IN_DATA = ("secret", "seed")  # keys of Authenticator.data that hold one


class Unreadable(ValueError):
    """None of the keys decrypts it."""


@lru_cache(maxsize=8)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    def made_of(key: str) -> Fernet:
        derived = HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
        return Fernet(base64.urlsafe_b64encode(derived))

    return MultiFernet([made_of(key) for key in keys])


def fernet() -> MultiFernet:
    return _fernet((*settings.FACTOR_KEYS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def encrypt(text: str) -> str:
    return fernet().encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """The secret; one that was stored before there was encryption as it is. Raises Unreadable."""
    if not text.startswith(MARK):
        return text
    try:
        return fernet().decrypt(text.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("no key of FACTOR_KEYS or SECRET_KEY decrypts this secret") from error


def decrypt_or_nothing_that_fits(text: str) -> str:
    """The secret; where its key is missing a random one, which no code answers, and an error line.

    Whoever has such a factor is told that the code is wrong, and not that the server failed.
    """
    try:
        return decrypt(text)
    except Unreadable:
        logger.exception("a second factor cannot be read: was SECRET_KEY or FACTOR_KEYS changed?")
        return base64.b32encode(secrets.token_bytes(20)).decode()


def encrypted_anew(data: dict[str, object]) -> dict[str, object]:
    """The data of a factor with its secret under the newest key. Raises Unreadable."""
    return {
        name: encrypt(decrypt(str(value))) if name in IN_DATA else value
        for name, value in data.items()
    }


def decrypted(data: dict[str, object]) -> dict[str, object]:
    """The data of a factor with its secret in plain. Raises Unreadable."""
    return {name: decrypt(str(value)) if name in IN_DATA else value for name, value in data.items()}
