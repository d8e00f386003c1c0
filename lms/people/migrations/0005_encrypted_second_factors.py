from collections.abc import Callable
from typing import Any

from django.db import migrations

from lms.people.factor_secrets import decrypted, encrypted_anew


def change(apps: Any, made: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Under a lock: a code that is used meanwhile must stay used."""
    rows = apps.get_model("mfa", "Authenticator").objects.filter(type__in=["totp", "recovery_codes"])
    for row in rows.select_for_update().order_by("pk"):
        row.data = made(row.data)
        row.save(update_fields=["data"])


def encrypt(apps: Any, schema_editor: Any) -> None:
    change(apps, encrypted_anew)


def decrypt(apps: Any, schema_editor: Any) -> None:
    change(apps, decrypted)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_erased_people"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [migrations.RunPython(encrypt, decrypt)]
