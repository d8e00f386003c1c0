"""What is done to an instance as a whole, told to the audit log of each service."""

import getpass
import os
import socket
from typing import Any

from django.db import transaction

from lms.audit.actions import record
from lms.ops.archives import Manifest
from lms.ops.backups import Made
from lms.people.models import Organisation


def record_backup(*, made: Made) -> None:
    """A copy of the service's data lies in a file now."""
    _tell_services("backup.made", after={"file": made.path.name, "encrypted": made.is_encrypted})


def record_restore(*, name: str, manifest: Manifest) -> None:
    """The service's data are those of the backup: what came after it is gone."""
    when = manifest.made_at.isoformat(sep=" ", timespec="minutes")
    _tell_services("backup.restored", after={"file": name, "as_of": when})


def _tell_services(verb: str, *, after: dict[str, Any]) -> None:
    with transaction.atomic():
        for service in Organisation.get_root_nodes():
            record(verb, actor=who(), thing=service, organisation=service.path, after=after)


def who() -> str:
    """Who runs the command: a user of the machine, by sudo the one who gave the order."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's number without a name
        user = str(os.getuid())
    return f"{os.environ.get('SUDO_USER') or user}@{socket.gethostname()}"
