"""The holder is told once, in his language, and of nothing but his certificate."""

import re
import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from pytest_django import Settings

from certificates.actions import reissue_certificate, revoke_certificate
from certificates.mail import send_mail_once
from certificates.models import Certificate
from tests.certificates.helpers import NOW, TITLE, a_certificate

pytestmark = pytest.mark.django_db
ADDRESS = "ostap@waypost.example"


def fetched(certificate: Certificate) -> Certificate:
    """The certificate as a task fetches it."""
    return Certificate.objects.select_related("enrolment__officer", "replaces").get(
        pk=certificate.pk
    )


def test_one_message_goes_to_the_holder_in_plain_text() -> None:
    certificate = a_certificate(email=ADDRESS, language="en")
    assert send_mail_once(fetched(certificate))
    assert not send_mail_once(fetched(certificate))
    (message,) = mail.outbox
    assert message.to == [ADDRESS]
    assert message.subject == f"Your certificate is ready: {TITLE['en']}"
    assert message.content_subtype == "plain"
    assert "https://waypost.example/certificates/\n" in message.body
    assert certificate.shown_serial in message.body
    assert not re.search(r"\n{3}|  |&", message.body)
    assert fetched(certificate).mailed_at


def test_it_is_written_in_the_language_of_the_officer() -> None:
    send_mail_once(fetched(a_certificate(email=ADDRESS, language="be")))
    (message,) = mail.outbox
    assert TITLE["be"] in message.subject
    assert TITLE["be"] in message.body
    assert "2028" in message.body


def test_it_names_nobody_and_tells_no_mark() -> None:
    certificate = a_certificate(email=ADDRESS, language="en")
    Certificate.objects.update(result="87.50")
    send_mail_once(fetched(certificate))
    (message,) = mail.outbox
    said = message.subject + message.body
    assert "87" not in said.replace(certificate.shown_serial, "")
    assert "alagan" not in said
    assert "алаґан" not in said


def test_a_message_sent_again_would_have_the_same_id() -> None:
    certificate = a_certificate(email=ADDRESS)
    send_mail_once(fetched(certificate))
    Certificate.objects.update(mailed_at=None)  # the worker died before it could note it
    send_mail_once(fetched(certificate))
    first, second = (message.message()["Message-ID"] for message in mail.outbox)
    assert first == second == f"<certificate-{certificate.pk}@waypost.example>"


@pytest.mark.parametrize("fields", [{"email": ""}, {"email": ADDRESS, "is_active": False}])
def test_where_nothing_can_be_sent_nothing_is_left_to_do(fields: dict[str, object]) -> None:
    certificate = a_certificate()
    officer = certificate.enrolment.officer
    type(officer).objects.filter(pk=officer.pk).update(**fields)
    assert not send_mail_once(fetched(certificate))
    assert mail.outbox == []
    assert fetched(certificate).mailed_at


def test_of_two_workers_that_fetched_it_side_by_side_one_sends() -> None:
    certificate = a_certificate(email=ADDRESS)
    one, other = fetched(certificate), fetched(certificate)
    assert send_mail_once(one)
    Certificate.objects.update(mailed_at=None)  # as it was while the first was still sending
    assert not send_mail_once(other)
    assert len(mail.outbox) == 1


def test_a_server_that_refuses_is_asked_again_after_the_lease(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate = a_certificate(email=ADDRESS)

    def refuse(_message: EmailMessage) -> int:
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", refuse)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send_mail_once(fetched(certificate))
    left = fetched(certificate)
    assert left.mailed_at is None
    now = datetime.now(UTC)
    waiting = Certificate.objects.unfinished()
    assert not waiting.unleased(now).exists()
    assert waiting.unleased(now + timedelta(minutes=6)).exists()
    assert send_mail_once(left)


def test_a_certificate_revoked_meanwhile_is_not_announced() -> None:
    certificate = a_certificate(email=ADDRESS)
    before = fetched(certificate)
    revoke_certificate(certificate=certificate, reason="x", actor=None, now=NOW)
    assert not send_mail_once(before)
    assert mail.outbox == []


def test_a_corrected_one_says_what_it_replaces() -> None:
    old = a_certificate(email=ADDRESS, language="en")
    new = reissue_certificate(
        certificate=old, name_native="А Б", name_latin="A B", reason="typo", actor=None, now=NOW
    )
    send_mail_once(fetched(new))
    (message,) = mail.outbox
    assert old.shown_serial in message.body
    assert new.shown_serial in message.body


def test_a_title_of_several_lines_stays_in_one_header() -> None:
    certificate = a_certificate(email=ADDRESS, language="uk")
    Certificate.objects.update(course_title={"uk": "Курс\r\nBcc: all@example.org"})
    send_mail_once(fetched(certificate))
    (message,) = mail.outbox
    assert message.recipients() == [ADDRESS]
    assert "\n" not in message.subject


def test_a_specimen_says_so(settings: Settings) -> None:
    send_mail_once(fetched(a_certificate(email=ADDRESS, language="en", is_demo=True)))
    (message,) = mail.outbox
    assert "specimen" in message.body
