"""Saving an answer: what is acknowledged is a row, and the row that counts is the right one."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from courses.models import Enrolment
from lms.people.models import Organisation, User
from quizzes.actions import AttemptClosed, submit_attempt
from quizzes.models import Attempt, ResponseSave
from quizzes.models.attempt import GRACE
from tests import factories
from tests.courses.pages import Page
from tests.quizzes.helpers import (
    A,
    B,
    C,
    course_of,
    current,
    key_of,
    post_save,
    rows,
    saved,
)

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def timed(root: Organisation, officer: User) -> Iterator[Attempt]:
    """An attempt of twenty minutes."""
    enrolment = factories.enrolled(officer, course_of(root, code="DOC-08", time_limit=20))
    return factories.started(enrolment)


def ends(attempt: Attempt, ago: timedelta) -> None:
    """The deadline was so long ago."""
    now = timezone.now()
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=now - ago - timedelta(minutes=20), deadline_at=now - ago
    )


# The acknowledgement


def test_what_is_acknowledged_is_a_row(browser: Client, attempt: Attempt) -> None:
    response = post_save(browser, attempt, "b", seq=7, client="tab-1")
    assert response.status_code == 200
    row = ResponseSave.objects.get()
    assert (row.client, row.seq, row.data, row.language) == ("tab-1", 7, B, "en")
    assert current(attempt) == B
    answer = response.json()
    assert answer["answered"] is True
    assert answer["problem"] == ""
    at = timezone.localtime(row.received_at, attempt.enrolment.officer.zone)
    assert answer["saved_at"] == at.strftime("%H:%M:%S")
    assert "no-store" in response["Cache-Control"]


def test_the_same_again_changes_nothing_and_is_acknowledged(
    browser: Client, attempt: Attempt
) -> None:
    first = post_save(browser, attempt, "b").json()
    again = post_save(browser, attempt, "b")
    assert (again.status_code, again.json()) == (200, first)
    # Whatever it says now: what was acknowledged under this number stands.
    assert post_save(browser, attempt, "c").status_code == 200
    assert rows() == [(1, "tab", 1, "b")]


def test_the_same_again_is_acknowledged_after_the_end(browser: Client, attempt: Attempt) -> None:
    post_save(browser, attempt, "b")
    submit_attempt(attempt=attempt)
    assert post_save(browser, attempt, "b").status_code == 200
    assert post_save(browser, attempt, "b", seq=2).status_code == 409


def test_of_one_tab_an_older_answer_never_replaces_a_newer(
    browser: Client, attempt: Attempt
) -> None:
    for choice, seq in (("a", 1), ("c", 3), ("b", 2)):
        assert post_save(browser, attempt, choice, seq=seq).status_code == 200
    assert current(attempt) == C
    assert len(rows()) == 3
    assert not saved(attempt, A, seq=0).is_current
    assert saved(attempt, B, seq=4).is_current
    assert current(attempt) == B


def test_of_two_tabs_the_latest_received_counts(browser: Client, attempt: Attempt) -> None:
    post_save(browser, attempt, "a", client="one", seq=50)
    post_save(browser, attempt, "b", client="two", seq=1)
    assert current(attempt) == B
    post_save(browser, attempt, "c", client="one", seq=51)
    assert current(attempt) == C
    # A late repetition of the other tab is known already and takes nothing back.
    post_save(browser, attempt, "b", client="two", seq=1)
    assert current(attempt) == C
    assert [row[1:3] for row in rows()] == [("one", 50), ("two", 1), ("one", 51)]


def test_an_answer_received_earlier_does_not_replace_a_later_one(attempt: Attempt) -> None:
    now = timezone.now()
    saved(attempt, A, client="one", now=now)
    assert not saved(attempt, B, client="two", now=now - SECOND).is_current
    assert current(attempt) == A
    # Of one tab its own count decides, whatever the clocks of two servers say.
    assert saved(attempt, C, client="one", seq=2, now=now - SECOND).is_current
    assert len(rows()) == 3


def test_answers_of_different_questions_do_not_meet(browser: Client, attempt: Attempt) -> None:
    for position, choice in enumerate("abca", 1):
        post_save(browser, attempt, choice, position=position, seq=1)
    assert [current(attempt, position)["choice"] for position in range(1, 5)] == list("abca")


def test_an_answer_can_be_taken_back(browser: Client, attempt: Attempt) -> None:
    post_save(browser, attempt, "a")
    response = post_save(browser, attempt, seq=2, q1="")
    assert response.json()["answered"] is False
    assert current(attempt) == {}


def test_the_language_read_in_is_noted(browser: Client, attempt: Attempt) -> None:
    post_save(browser, attempt, "a")
    browser.post("/courses/DOC-07/language/", {"language": "be"})
    post_save(browser, attempt, "b", seq=2)
    assert list(ResponseSave.objects.order_by("pk").values_list("language", flat=True)) == [
        "en", "be",
    ]  # fmt: skip


def test_a_row_is_never_changed(attempt: Attempt) -> None:
    saved(attempt, A)
    with pytest.raises(TypeError, match="never changed"):
        ResponseSave.objects.get().save()


# When it is over


def test_closed(browser: Client, attempt: Attempt) -> None:
    submit_attempt(attempt=attempt)
    response = post_save(browser, attempt)
    assert (response.status_code, response.json()) == (409, {"error": "closed"})
    assert rows() == []


def test_late_within_the_grace(browser: Client, timed: Attempt) -> None:
    ends(timed, GRACE - 5 * SECOND)
    assert post_save(browser, timed, "a").status_code == 200
    assert current(timed) == A


def test_beyond_the_grace(browser: Client, timed: Attempt) -> None:
    ends(timed, GRACE + SECOND)
    response = post_save(browser, timed, "a")
    assert (response.status_code, response.json()) == (409, {"error": "closed"})
    assert rows() == []


def test_the_grace_to_the_microsecond(root: Organisation, officer: User) -> None:
    enrolment = factories.enrolled(officer, course_of(root, time_limit=20))
    attempt = factories.started(enrolment, now=NOON)
    end = NOON + timedelta(minutes=20) + GRACE
    saved(attempt, A, now=end)
    with pytest.raises(AttemptClosed):
        saved(attempt, B, seq=2, now=end + timedelta(microseconds=1))
    assert current(attempt) == A


# What is refused


@pytest.mark.parametrize(
    "fields",
    [
        {"seq": ""},
        {"seq": "-1"},
        {"seq": "1.5"},
        {"seq": "one"},
        {"seq": "²"},
        {"seq": str(2**63)},
        {"seq": str(2**64)},
        {"seq": "9" * 5000},
        {"client": ""},
        {"client": "x" * 65},
        {"client": "a\0b"},
        {"q": ""},
        {"q": "one"},
        {"q": "-1"},
        {"q": "9" * 5000},
    ],
)
def test_what_makes_no_sense(browser: Client, attempt: Attempt, fields: dict[str, str]) -> None:
    response = post_save(browser, attempt, **fields)
    assert (response.status_code, response.json()) == (400, {"error": "bad request"})
    assert rows() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"seq": str(10**18 - 1)},
        {"seq": "0"},
        {"client": "x" * 64},
        {"client": "ґ’ў🛂"},
        {"q1": "a\0b"},
        {"q1": "no such choice"},
        {"q1": "x" * 100_000},
        {"q1": ["k1", "k2"]},
    ],
)
def test_what_is_odd_and_can_be_kept(
    browser: Client, attempt: Attempt, fields: dict[str, Any]
) -> None:
    assert post_save(browser, attempt, **fields).status_code == 200
    assert len(rows()) == 1


def test_no_such_question(browser: Client, attempt: Attempt) -> None:
    for position in ("0", "5", "99999"):
        assert post_save(browser, attempt, q=position).status_code == 404


def test_not_yours_and_no_such_attempt_are_the_same(attempt: Attempt, post: Organisation) -> None:
    other = Client()
    other.force_login(factories.officer(post))
    theirs = post_save(other, attempt)
    key = key_of(attempt, "a")
    absent = other.post(
        "/attempts/00000000-0000-4000-8000-000000000000/save/",
        {"q": 1, "client": "tab", "seq": 1, "q1": key},
    )
    assert theirs.status_code == absent.status_code == 404
    assert rows() == []


def test_the_coordinator_sees_and_does_not_answer(attempt: Attempt, root: Organisation) -> None:
    head = Client()
    head.force_login(factories.coordinator(root))
    assert post_save(head, attempt).status_code == 403
    for end in ("", "finish/", "result/"):
        assert head.get(f"/attempts/{attempt.pk}/{end}").status_code == 403
    assert head.post(f"/attempts/{attempt.pk}/finish/").status_code == 403
    assert Attempt.objects.get().is_open
    assert rows() == []


def test_signed_out(attempt: Attempt) -> None:
    response = post_save(Client(), attempt)
    assert (response.status_code, response.json()) == (401, {"error": "signed out"})
    assert rows() == []


def test_only_a_post_with_its_token(attempt: Attempt, officer: User, browser: Client) -> None:
    assert browser.get(f"/attempts/{attempt.pk}/save/").status_code == 405
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(officer)
    assert post_save(careful, attempt).status_code == 403
    assert rows() == []


# Without a script: the form knows what it was rendered with


def the_form(browser: Client, attempt: Attempt) -> Any:
    return Page(browser.get(f"/attempts/{attempt.pk}/")).form(f"/attempts/{attempt.pk}/")


def test_a_button_saves_the_page(browser: Client, attempt: Attempt) -> None:
    form = the_form(browser, attempt)
    response = form.send(browser, q1=key_of(attempt, "a"), q3=key_of(attempt, "b", 3), go="finish")
    assert response["Location"] == f"/attempts/{attempt.pk}/finish/"
    assert [current(attempt, position) for position in (1, 2, 3, 4)] == [A, {}, B, {}]
    assert len(rows()) == 2


def test_what_was_not_changed_is_not_saved_again(browser: Client, attempt: Attempt) -> None:
    the_form(browser, attempt).send(browser, q1=key_of(attempt, "a"))
    for _ in range(2):
        form = the_form(browser, attempt)
        assert form.fields["q1"] == [key_of(attempt, "a")]
        form.send(browser)
    assert len(rows()) == 1


def test_an_old_tab_never_takes_back_what_another_answered(
    browser: Client, attempt: Attempt
) -> None:
    old = the_form(browser, attempt)
    the_form(browser, attempt).send(browser, q1=key_of(attempt, "b"))
    old.send(browser, q2=key_of(attempt, "a", 2))  # which still shows no answer to the first
    assert (current(attempt, 1), current(attempt, 2)) == (B, A)
    old.send(browser, q1=key_of(attempt, "c"))  # but an answer given there is one
    assert (current(attempt, 1), current(attempt, 2)) == (C, A)


def test_an_answer_is_taken_back_without_a_script(browser: Client, attempt: Attempt) -> None:
    the_form(browser, attempt).send(browser, q1=key_of(attempt, "b"))
    form = the_form(browser, attempt)
    fields = form.fields
    del fields["q1"]
    browser.post(f"/attempts/{attempt.pk}/", fields)
    assert current(attempt) == {}


def test_the_form_of_a_closed_attempt(browser: Client, attempt: Attempt) -> None:
    form = the_form(browser, attempt)
    submit_attempt(attempt=attempt)
    response = form.send(browser, q1=key_of(attempt, "a"))
    assert response["Location"] == f"/attempts/{attempt.pk}/result/"
    messages = Page(browser.get(response["Location"])).messages
    assert messages == ["The attempt was closed; this answer came too late."]
    assert rows() == []


def test_the_form_beyond_the_grace(browser: Client, timed: Attempt) -> None:
    form = the_form(browser, timed)
    ends(timed, GRACE + SECOND)
    assert form.send(browser, q1=key_of(timed, "a"))["Location"].endswith("/result/")
    done = Attempt.objects.get()
    assert (done.is_open, done.in_time, done.mark) == (False, False, 0)


# A form whose session had ended


def signed_in(browser: Client, person: User) -> None:
    """Sign in through the page, which keeps what the session holds."""
    person.set_password("dovhyi-parol-7")
    person.save()
    response = browser.post("/sign-in/", {"login": person.login, "password": "dovhyi-parol-7"})
    assert response.status_code == 302, response.content.decode()


def sent_without_session(attempt: Attempt, officer: User, **answers: str) -> Client:
    """A browser that has sent its form after the session had ended."""
    browser = Client()
    browser.force_login(officer)
    form = the_form(browser, attempt)
    browser.cookies.clear()
    response = form.send(browser, **answers)
    assert response["Location"].startswith("/sign-in/?next=")
    assert rows() == []
    return browser


def test_it_is_saved_after_signing_in_again(attempt: Attempt, officer: User) -> None:
    before = timezone.now()
    browser = sent_without_session(attempt, officer, q1=key_of(attempt, "b"))
    after = timezone.now()
    signed_in(browser, officer)
    page = Page(browser.get(f"/attempts/{attempt.pk}/"))
    assert page.messages == ["Your session had ended. The answers you sent then are saved."]
    assert current(attempt) == B
    assert before <= ResponseSave.objects.get().received_at <= after
    assert page.form(f"/attempts/{attempt.pk}/").fields["q1"] == [key_of(attempt, "b")]
    assert Page(browser.get(f"/attempts/{attempt.pk}/")).messages == []


def test_it_is_kept_for_its_officer_alone(
    attempt: Attempt, officer: User, post: Organisation
) -> None:
    browser = sent_without_session(attempt, officer, q1=key_of(attempt, "b"))
    other = factories.officer(post)
    own = factories.started(factories.enrolled(other, attempt.enrolment.course))
    signed_in(browser, other)
    assert browser.get(f"/attempts/{attempt.pk}/").status_code == 404
    assert Page(browser.get(f"/attempts/{own.pk}/")).messages == []
    assert rows() == []


def test_it_does_not_take_back_what_was_answered_meanwhile(attempt: Attempt, officer: User) -> None:
    browser = sent_without_session(attempt, officer, q1=key_of(attempt, "b"))
    saved(attempt, C, client="elsewhere")
    signed_in(browser, officer)
    browser.get(f"/attempts/{attempt.pk}/")
    assert current(attempt) == C
    assert len(rows()) == 2  # kept and shown in the log


def test_it_counts_by_when_it_came(timed: Attempt, officer: User) -> None:
    browser = sent_without_session(timed, officer, q1=key_of(timed, "a"))
    ends(timed, GRACE + SECOND)
    session = browser.session
    session["kept_answers"] |= {"at": (timezone.now() - GRACE).isoformat()}
    session.save()
    signed_in(browser, officer)
    response = browser.get(f"/attempts/{timed.pk}/")
    assert response["Location"].endswith("/result/")
    done = Attempt.objects.get()
    assert (done.mark, done.in_time) == (1, False)


def test_one_that_came_too_late_is_told(attempt: Attempt, officer: User) -> None:
    browser = sent_without_session(attempt, officer, q1=key_of(attempt, "a"))
    submit_attempt(attempt=attempt)
    signed_in(browser, officer)
    page = Page(browser.get(f"/attempts/{attempt.pk}/", follow=True))
    assert page.messages == ["The attempt was closed; this answer came too late."]
    assert rows() == []


def test_what_is_kept_can_be_stored_and_is_bounded(attempt: Attempt) -> None:
    stranger = Client()
    fields = {f"x{number}": "y" for number in range(900)} | {"q1": "a\0b"}
    assert stranger.post(f"/attempts/{attempt.pk}/", fields).status_code == 302
    assert len(json.dumps(stranger.session["kept_answers"])) < 20_000


def test_a_form_larger_than_any_tests_is_not_kept(attempt: Attempt) -> None:
    """Strangers may send one; what they fill is the table of sessions."""
    stranger = Client()
    response = stranger.post(f"/attempts/{attempt.pk}/", {"q1": "a" * 250_000})
    assert response["Location"].startswith("/sign-in/")
    assert "kept_answers" not in stranger.session


def test_a_reload_after_signing_in_finds_it_once(
    attempt: Attempt, officer: User, enrolment: Enrolment
) -> None:
    browser = sent_without_session(attempt, officer, q2=key_of(attempt, "a", 2))
    signed_in(browser, officer)
    for _ in range(2):
        browser.get(f"/attempts/{attempt.pk}/")
    assert [row[0] for row in rows()] == [2]
