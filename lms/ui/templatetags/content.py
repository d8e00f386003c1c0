"""Texts that have a language of their own, apart from that of the buttons."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()

OWN_NAMES = {"uk": "Українська", "be": "Беларуская", "ru": "Русский", "en": "English"}


@register.filter
def in_language(text: Any, language: str) -> str:
    """A translated text (a mapping or an i18nfield value) in the language, else in any it has."""
    if isinstance(text, Mapping):
        return str(text.get(language) or next((value for value in text.values() if value), ""))
    return str(text.localize(language)) if hasattr(text, "localize") else str(text or "")


@register.filter
def own_name(language: str) -> str:
    """The language's name in itself, as menus show it."""
    return OWN_NAMES.get(language, language)
