"""What must never be false of a certificate, tried past the model: the database itself refuses."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from certificates.files import make_file
from certificates.models import Certificate, CertificateFile
from certificates.serials import new_serial
from tests.certificates.helpers import NOW, a_certificate

pytestmark = pytest.mark.django_db


def copied(certificate: Certificate, **fields: Any) -> Certificate:
    """Another row like it, not saved, with a serial of its own."""
    values = {
        field.attname: getattr(certificate, field.attname)
        for field in Certificate._meta.concrete_fields
        if not field.primary_key
    }
    return Certificate(**(values | {"serial": new_serial()} | fields))


def refused(name: str, row: Certificate) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Certificate.objects.bulk_create([row])
    assert_names(error, name)


def refused_change(name: str, certificate: Certificate, **fields: Any) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(**fields)
    assert_names(error, name)


def assert_names(error: pytest.ExceptionInfo[IntegrityError], name: str) -> None:
    """PostgreSQL and a CHECK of SQLite name the constraint; SQLite names a UNIQUE's columns."""
    said = str(error.value)
    assert name in said or said.startswith("UNIQUE constraint failed"), said


def test_one_certificate_an_edition() -> None:
    first = a_certificate()
    Certificate.objects.update(revoked_at=NOW, revoked_reason="x")  # so that only this one holds
    refused("one_certificate_an_edition", copied(first))


def test_one_certificate_in_force() -> None:
    first = a_certificate()
    refused("one_certificate_in_force", copied(first, edition=2, replaces_id=first.pk))


def test_no_serial_twice() -> None:
    first = a_certificate()
    other = a_certificate()
    refused_change("serial", other, serial=first.serial)


def test_no_certificate_is_replaced_twice() -> None:
    first = a_certificate()
    Certificate.objects.update(revoked_at=NOW, revoked_reason="x")
    Certificate.objects.bulk_create([copied(first, edition=2, replaces_id=first.pk)])
    Certificate.objects.update(revoked_at=NOW, revoked_reason="x")
    refused("replaces", copied(first, edition=3, replaces_id=first.pk))


@pytest.mark.parametrize(
    "fields",
    [{"revoked_at": NOW}, {"revoked_reason": "x"}, {"revoked_at": NOW, "revoked_reason": ""}],
)
def test_revoked_with_a_reason_and_no_reason_without(fields: dict[str, Any]) -> None:
    refused_change("revoked_with_a_reason", a_certificate(), **fields)


def test_later_editions_replace_and_the_first_does_not() -> None:
    first = a_certificate()
    refused_change("later_editions_replace", first, edition=2)
    refused_change("later_editions_replace", first, replaces=a_certificate())
    refused_change("later_editions_replace", first, edition=0)


def test_expires_after_issue() -> None:
    first = a_certificate()
    refused_change("expires_after_issue", first, expires_on=first.issued_on - timedelta(days=1))


def test_one_file_a_number() -> None:
    made = make_file(a_certificate())
    with pytest.raises(IntegrityError), transaction.atomic():
        CertificateFile.objects.bulk_create(
            [CertificateFile(certificate=made.certificate, sha256="0" * 64, file="other.pdf")]
        )


def test_a_file_that_was_handed_out_is_never_saved_again() -> None:
    made = make_file(a_certificate())
    with pytest.raises(TypeError, match="never changed"):
        made.save()
