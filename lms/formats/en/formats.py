"""Dates in English as Europe reads them: Django's `en` writes 11/24/2026, and weeks start there on
Sunday."""

SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y H:i"
FIRST_DAY_OF_WEEK = 1
