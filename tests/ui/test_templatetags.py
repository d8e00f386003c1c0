from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from lms.ui.templatetags import days, ui

TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def today_in_english(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda: TODAY)
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("offset", "words", "due"),
    [
        (-21, "21 days ago", "21 days overdue"),
        (-2, "2 days ago", "2 days overdue"),
        (-1, "yesterday", "1 day overdue"),
        (0, "today", "due today"),
        (1, "tomorrow", "due tomorrow"),
        (2, "in 2 days", "due in 2 days"),
        (21, "in 21 days", "due in 21 days"),
    ],
)
def test_day_in_words(offset: int, words: str, due: str) -> None:
    day = TODAY + timedelta(days=offset)

    assert (days.relative_day(day), days.due_words(day)) == (words, due)


def test_no_day_is_no_words() -> None:
    assert (days.relative_day(None), days.due_words(None), days.due_tag(None)) == ("", "", "")


def test_moment_counts_by_the_readers_day() -> None:
    evening = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)

    with timezone.override("Europe/Kyiv"):
        assert days.relative_day(evening) == "tomorrow"


@pytest.mark.parametrize(
    ("offset", "html"),
    [
        (-3, '<span class="tag late">3 days overdue</span>'),
        (0, '<span class="tag due">by 24 November, today</span>'),
        (6, '<span class="tag due">by 30 November, in 6 days</span>'),
        (15, '<span class="tag">by 9 December 2026</span>'),
    ],
)
def test_due_tag_says_state_by_class_and_words(offset: int, html: str) -> None:
    assert days.due_tag(TODAY + timedelta(days=offset)) == html


def test_route_has_a_post_for_each_state_with_words() -> None:
    assert ui.route(["done", "here", ""], "1 of 3 modules done") == (
        '<ol class="route" aria-label="1 of 3 modules done">'
        '<li class="done"><span class="hidden">done</span></li>'
        '<li class="here"><span class="hidden">you are here</span></li>'
        '<li class=""><span class="hidden">ahead</span></li></ol>'
    )


def test_bar_stacks_its_shares_without_a_style() -> None:
    assert ui.bar("71 % in time", done=70.5, late=3) == (
        '<svg class="bar" role="img" aria-label="71 % in time">'
        '<line class="done" x1="0%" x2="70.5%" y1="50%" y2="50%"/>'
        '<line class="late" x1="70.5%" x2="73.5%" y1="50%" y2="50%"/></svg>'
    )


def test_tags_escape_what_they_are_given() -> None:
    text = Template('{% load ui %}{% tag label "ok" %}').render(Context({"label": "<b>"}))

    assert text == '<span class="tag ok">&lt;b&gt;</span>'
