"""What is kept about people, why, how long, and what happens then. The one place that says so.

The privacy page shows it, a sweep applies it (`lms.privacy.retention`). Sources: Law of Ukraine
No. 2297-VI, Law of the Republic of Belarus No. 99-Z, the practice of the GDPR (records of
processing, a retention schedule, the credential archived and the rest pseudonymised).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

# Why: a purpose, with the ground on which it rests.
SERVICE = _("to train you: service relations")
PROOF = _("to prove that the required training was done: the law and the service ask for it")
SAFETY = _("to keep accounts and data safe: a duty of your service by the law on personal data")
WISH = _("because you asked for it")

# What happens then.
GOES = _("removed")
NAMELESS = _("a number takes the place of the name; results stay for statistics")
STAYS = _("kept")
WITHOUT_NAME = _("kept; once a person is erased, without the name")


class Level(StrEnum):
    """How well a kind of data is kept; lms/docs/security.md says what each level asks."""

    ORDINARY = "ordinary"
    SENSITIVE = "sensitive"  # secrets, results, and lists of many or of all about one


SENSITIVE = frozenset(
    {"training", "answers", "second_factor", "codes", "calendars", "staff_lists", "exports"}
)


@dataclass(frozen=True)
class KindOfData:
    """`code` is also the key of its days in settings.KEEP_DAYS, where it has a period in days."""

    code: str
    what: Any
    why: Any
    since: Any  # from when the days count; without days, how long in words
    then: Any

    @property
    def days(self) -> int | None:
        return settings.KEEP_DAYS.get(self.code)

    @property
    def level(self) -> Level:
        return Level.SENSITIVE if self.code in SENSITIVE else Level.ORDINARY

    @property
    def period(self) -> str:
        """The days in words; empty when `since` says all."""
        if self.days is None:
            return ""
        return ngettext("%(days)d day", "%(days)d days", self.days) % {"days": self.days}


REGISTER = (
    KindOfData(
        "accounts",
        _("Account: name, login, e-mail address, rank, service number, units and roles"),
        SERVICE,
        _("after the discharge, and as long as a certificate is in force"),
        NAMELESS,
    ),
    KindOfData(
        "training",
        _("Training: courses, due dates, lessons done, practical work, tests, answers and marks"),
        PROOF,
        _("as long as the account"),
        NAMELESS,
    ),
    KindOfData(
        "answers",
        _("Answers in tests that were replaced by a later answer"),
        SERVICE,
        _("after the test was handed in"),
        GOES,
    ),
    KindOfData(
        "certificates",
        _("Certificates: the name printed on them, course, dates, and their files"),
        PROOF,
        _("as long as anyone may want to check whether they are genuine"),
        STAYS,
    ),
    KindOfData(
        "audit",
        _("Log of sign-ins and of actions that matter: who did what, to whom, and when"),
        SAFETY,
        _("as long as your service uses the platform"),
        WITHOUT_NAME,
    ),
    KindOfData(
        "addresses",
        _("Network addresses in the log"),
        SAFETY,
        _("after the action"),
        GOES,
    ),
    KindOfData(
        "sessions",
        _("Where you are signed in: browser, network address, since when"),
        SAFETY,
        _("until you sign out or the shift is over (13 hours)"),
        GOES,  # by lms.people.sweeps.sweep_sessions
    ),
    KindOfData(
        "second_factor",
        _("The second factor: what an app, a passkey or a sheet of codes is checked against"),
        SAFETY,
        _("until it is removed"),
        GOES,
    ),
    KindOfData(
        "codes",
        _("One-time codes on sheets to print"),
        SAFETY,
        _("until they are printed, and for a day at the longest"),
        GOES,  # by lms.people.sweeps.sweep_jobs
    ),
    KindOfData(
        "staff_lists",
        _("Staff lists that were brought in, row by row"),
        SERVICE,
        _("after the list was sent"),
        GOES,
    ),
    KindOfData(
        "requests",
        _("Requests of coordinators about people"),
        SERVICE,
        _("after they were settled"),
        GOES,
    ),
    KindOfData(
        "jobs",
        _("Lists of people with whom something was done all at once"),
        SERVICE,
        _("after it was done"),
        GOES,
    ),
    KindOfData(
        "reminders",
        _("Reminders by e-mail: to whom, of what, on which day"),
        SERVICE,
        _("after they were sent, once the course is over"),
        GOES,
    ),
    KindOfData(
        "calendars",
        _("Secret addresses of calendars"),
        WISH,
        _("after they were made invalid"),
        GOES,
    ),
    KindOfData(
        "drafts",
        _("Texts of lessons and guides that a trainer typed and never saved"),
        SERVICE,
        _("after the last change"),
        GOES,
    ),
    KindOfData(
        "operator_log",
        _("What operators changed at their desk"),
        SAFETY,
        _("after the change"),
        GOES,
    ),
    KindOfData(
        "exports",
        _("Files with all that is kept about a person"),
        WISH,
        _("after they were made"),
        GOES,
    ),
)
