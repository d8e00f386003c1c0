"""Belarusian dates and numbers: Django 5.2 has no formats module for `be`, ours is used."""

import datetime
from decimal import Decimal

import pytest
from django import forms
from django.utils import formats, translation

from lms.formats.be import formats as belarusian

DAY = datetime.date(2026, 11, 24)


@pytest.fixture(autouse=True)
def be():
    with translation.override("be"):
        yield


def test_our_module_is_the_one_that_is_used():
    assert belarusian in formats.get_format_modules("be")


def test_a_date_names_the_month_in_the_genitive():
    assert formats.date_format(DAY) == "24 лістапада 2026"
    assert formats.localize(DAY) == "24 лістапада 2026"
    assert formats.date_format(DAY, "MONTH_DAY_FORMAT") == "24 лістапада"


def test_a_short_date_has_points():
    assert formats.date_format(DAY, "SHORT_DATE_FORMAT") == "24.11.2026"


def test_a_time_counts_24_hours():
    assert formats.time_format(datetime.time(17, 5)) == "17:05"


def test_the_decimal_sign_is_a_comma():
    assert formats.localize(Decimal("3.5")) == "3,5"
    assert formats.number_format(Decimal("0.75"), 2) == "0,75"


def test_thousands_are_parted_by_a_space_that_does_not_break():
    assert formats.number_format(1234567.5, 1, use_l10n=True, force_grouping=True) == (
        "1\xa0234\xa0567,5"
    )


def test_forms_read_what_pages_show():
    assert forms.DateField(localize=True).clean("24.11.2026") == DAY
    assert forms.DecimalField(localize=True).clean("3,5") == Decimal("3.5")


def test_the_week_begins_on_monday():
    assert formats.get_format("FIRST_DAY_OF_WEEK") == 1
