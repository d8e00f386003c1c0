"""The register of what is kept, and the page that shows it."""

import re

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import translation
from django.utils.html import escape

from lms.environment import Env
from lms.privacy.register import REGISTER, SENSITIVE, Level
from lms.privacy.retention import STEPS
from tests.privacy.conftest import browser


@pytest.mark.django_db
@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_the_page_lists_each_kind_in_the_readers_language(client, language):
    client.post("/language/", {"language": language, "next": "/privacy/"})
    page = client.get("/privacy/").text
    rows = re.findall(r"<li><details>.*?</details></li>", page, re.DOTALL)
    assert len(rows) == len(REGISTER)
    with translation.override(language):
        for kind in REGISTER:
            (row,) = [row for row in rows if escape(str(kind.what)) in row]
            for words in (kind.why, kind.period, kind.since, kind.then):
                assert escape(str(words)) in row, kind.code


def test_a_period_changed_is_shown(settings, place):
    settings.KEEP_DAYS = settings.KEEP_DAYS | {"addresses": 37}
    page = browser(place.officer).get("/privacy/").text.replace("\xa0", " ")
    assert "<strong>37 days</strong>" in page


def test_each_period_is_of_a_kind_and_applied():
    codes = [kind.code for kind in REGISTER]
    assert len(set(codes)) == len(codes)
    assert set(settings.KEEP_DAYS) <= set(codes)
    assert STEPS.keys() == set(settings.KEEP_DAYS)


def test_each_kind_has_a_level_and_the_document_names_the_sensitive_ones():
    assert {kind.code for kind in REGISTER} >= SENSITIVE
    text = (settings.BASE_DIR / "lms" / "docs" / "security.md").read_text(encoding="utf-8")
    for level in Level:
        assert f"| {level} |" in text, "what it asks"
    said = re.search(r"Sensitive are (.+?);\s+all others", text, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", said[1])) == SENSITIVE
    assert {kind.level for kind in REGISTER} == set(Level)


@pytest.mark.parametrize("days", ["0", "-1"])
def test_no_time_is_no_period(monkeypatch, days):
    monkeypatch.setenv("KEEP_JOBS_DAYS", days)
    with pytest.raises(ImproperlyConfigured, match="KEEP_JOBS_DAYS"):
        Env().days("KEEP_JOBS_DAYS", 180)
