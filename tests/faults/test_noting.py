"""The database goes away between sending a mail and noting so: it is noted when it is back."""

from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import OperationalError
from django.db.models import QuerySet

from certificates.mail import send_mail_once
from certificates.models import Certificate
from lms.noting import WAITS, note_for_sure
from tests.certificates.helpers import a_certificate


@pytest.fixture
def waited() -> Any:
    with mock.patch("lms.noting.sleep") as sleep, mock.patch("lms.noting.connection"):
        yield sleep


@pytest.mark.django_db
def test_a_mail_goes_out_once_though_the_database_went_away(
    waited: mock.Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = a_certificate(email="ostap@waypost.example")
    send, update = EmailMessage.send, QuerySet.update
    errors = [OperationalError("terminated"), OperationalError("starting up")]

    def send_and_lose(message: EmailMessage) -> None:
        send(message)
        monkeypatch.setattr(QuerySet, "update", update_once_it_is_back)

    def update_once_it_is_back(rows: Any, **fields: Any) -> int:
        if errors:
            raise errors.pop(0)
        return update(rows, **fields)

    monkeypatch.setattr(EmailMessage, "send", send_and_lose)
    for _task in range(2):
        send_mail_once(Certificate.objects.get(pk=certificate.pk))
    assert len(mail.outbox) == 1
    assert waited.call_count == 2


def test_a_database_that_stays_away_is_an_error(waited: mock.Mock) -> None:
    note = mock.Mock(side_effect=OperationalError("gone"))
    with pytest.raises(OperationalError):
        note_for_sure(note)
    assert note.call_count == len(WAITS) + 1 == waited.call_count + 1
