"""Serial numbers of certificates: made at random, checked when typed, read aloud without mistakes.

A serial is fifteen random signs and a check sign, from 32 signs without 0 O 1 I. Printed serials
never change, so neither may the alphabet, the field or the weights below.
"""

import secrets
import unicodedata
from typing import Final

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH: Final = 16
GROUP: Final = 4

_VALUE: Final = {sign: value for value, sign in enumerate(ALPHABET)}
_MODULUS: Final = 0b100101  # x⁵ + x² + 1, primitive over GF(2): the powers of x are all distinct

# What a person types with the Cyrillic layout on, read by its shape. After upper-casing.
_LOOK_ALIKES: Final = str.maketrans(
    "АВЕЁКМНРСТУЎХЅЈЗҮԚԜ",
    "ABEEKMHPCTYYXSJ3YQW",
)
_HYPHEN_LIKE: Final = "_\u2212\u2043\u00b7"  # joins that Unicode does not class as dashes
_SEPARATORS: Final = frozenset({"Zs", "Zl", "Zp", "Pd", "Cc", "Cf"})  # general categories


def _times(a: int, b: int) -> int:
    """The product of two elements of GF(2⁵)."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0b100000:
            a ^= _MODULUS
        b >>= 1
    return product


def _weights() -> tuple[int, ...]:
    """x¹⁵ … x¹, x⁰: distinct and not zero, and 1 for the check sign."""
    weights = [1]
    while len(weights) < LENGTH:
        weights.append(_times(weights[-1], 2))
    return tuple(reversed(weights))


_WEIGHTS: Final = _weights()


def _weighted_sum(signs: str) -> int:
    total = 0
    for sign, weight in zip(signs, _WEIGHTS, strict=False):  # fifteen signs, or all sixteen
        total ^= _times(_VALUE[sign], weight)
    return total


def new_serial() -> str:
    """Sixteen signs: 75 random bits and a check. Uniqueness is the database's promise."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + ALPHABET[_weighted_sum(body)]


def grouped(serial: str) -> str:
    """The serial as it is printed: groups of four joined by hyphens."""
    return "-".join(serial[start : start + GROUP] for start in range(0, len(serial), GROUP))


def fold(typed: str) -> str:
    """What a person typed, as a serial would be stored; still to be checked by `is_well_formed`.

    Spaces, invisible signs and dashes of every kind go, letters become capitals, full-width forms
    become plain ones, and Cyrillic letters become the Latin letters they look like.
    """
    plain = unicodedata.normalize("NFKC", typed).upper()
    kept = (sign for sign in plain if not _is_separator(sign))
    return "".join(kept).translate(_LOOK_ALIKES)


def _is_separator(sign: str) -> bool:
    return sign in _HYPHEN_LIKE or unicodedata.category(sign) in _SEPARATORS


def is_well_formed(serial: str) -> bool:
    """Whether these are sixteen signs of the alphabet whose weighted sum over GF(2⁵) is zero.

    With distinct weights that are not zero, no single wrong sign and no exchange of two different
    signs, neighbours or not, keeps the sum.
    """
    if len(serial) != LENGTH or not all(sign in _VALUE for sign in serial):
        return False
    return _weighted_sum(serial) == 0
