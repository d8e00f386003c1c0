"""What the database promises about exports, broken by going round the actions."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from lms.privacy.models import DataExport

pytestmark = pytest.mark.django_db


def refused(name: str):
    """The database refuses; PostgreSQL and newer SQLite name the constraint."""
    return pytest.raises(IntegrityError, match=name)


def test_one_waits_at_a_time(place):
    done = {"made_at": timezone.now(), "file": "x.zip"}
    DataExport.objects.create(user=place.officer)
    DataExport.objects.create(user=place.officer, **done)
    DataExport.objects.create(user=place.coordinator)
    with refused("one_export_waiting|user_id"), transaction.atomic():
        DataExport.objects.create(user=place.officer)


@pytest.mark.parametrize("fields", [{"made_at": timezone.now()}, {"file": "x.zip"}])
def test_what_was_made_has_a_file_and_nothing_else_has(place, fields):
    with refused("export_made_with_its_file"), transaction.atomic():
        DataExport.objects.create(user=place.officer, **fields)
