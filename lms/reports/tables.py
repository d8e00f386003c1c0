"""The coordinator's lists as tables for a file: their columns, and their rows a chunk at a time."""

from collections.abc import Callable, Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.models import Certificate
from courses.models import State
from courses.outlines import localize
from lms.people.models import Membership, User
from lms.reports.export import CHUNK, Cell, Column, Table, Word, chunks
from lms.reports.filters import CertificateFilter, EnrolmentFilter, ListFilter, OfficerFilter
from lms.reports.rows import counts_of, outlines_for, percents_of, postings_of, rank_of


def table_of(
    form: ListFilter,
    *,
    name: str,
    title: str,
    columns: list[Column],
    rows: Callable[[], Iterator[list[Cell]]],
) -> Table:
    """A table of what the filters show, with all that its file says about itself."""
    user, now = form.user, timezone.localtime()
    zone = timezone.get_current_timezone_name()
    return Table(
        name=f"{name}-{now:%Y-%m-%d}",
        title=title,
        columns=tuple(columns),
        rows=rows,
        zone=user.zone,
        language=user.language,
        about=(
            (title, ""),
            (_("Filters"), form.sentence or _("no filters")),
            (_("Made at"), f"{now:%Y-%m-%d %H:%M} ({zone})"),
            (_("Made by"), f"{user.full_name} ({user.login.upper()})"),
        ),
        words={"about": _("About"), "rows": _("Rows"), "columns": _("Columns")},
    )


def _person_columns() -> list[Column]:
    return [
        Column("number", _("Service number"), width=14),
        Column("name", _("Name"), width=34),
        Column("rank", _("Rank"), width=20),
        Column("unit_code", _("Unit code"), width=14),
        Column("unit", _("Unit"), width=30),
    ]


def _person_cells(person: User, posting: Membership | None, user: User) -> list[Cell]:
    unit = posting.organisation if posting else None
    return [
        person.login.upper(),
        person.full_name,
        Word(person.rank, rank_of(person, user)),
        unit.code if unit else "",
        unit.name.localize(user.language) if unit else "",
    ]


def officers_table(form: OfficerFilter) -> Table:
    """The officers that the filters show."""
    user, paths = form.user, form.within_units()
    found = form.ordered()

    def rows() -> Iterator[list[Cell]]:
        for batch in chunks(found.iterator(chunk_size=CHUNK)):
            keys = [person.pk for person in batch]
            places, counts = postings_of(keys, paths), counts_of(keys)
            for person in batch:
                place, count = places.get(person.pk), counts[person.pk]
                yield [
                    *_person_cells(person, place, user),
                    place.since if place else None,
                    person.last_login,
                    count["live"],
                    count["overdue"],
                    count["completed"],
                ]

    columns = [
        *_person_columns(),
        Column("since", _("In the unit since"), "day"),
        Column("last_sign_in", _("Last signed in"), "moment", 18),
        Column("live", _("Assigned, not completed"), "number"),
        Column("overdue", _("Overdue"), "number"),
        Column("completed", _("Completed"), "number"),
    ]
    return table_of(form, name="officers", title=_("Officers"), columns=columns, rows=rows)


def enrolments_table(form: EnrolmentFilter) -> Table:
    """The enrolments that the filters show."""
    user, paths = form.user, form.within_units()
    found = form.ordered().select_related("officer", "course")
    now = timezone.now()
    states = {state: Word(state, str(label)) for state, label in State.choices}

    def rows() -> Iterator[list[Cell]]:
        for batch in chunks(found.iterator(chunk_size=CHUNK)):
            places = postings_of({row.officer_id for row in batch}, paths)
            outlines = outlines_for(batch)
            percents = percents_of(batch, outlines)
            for row in batch:
                yield [
                    *_person_cells(row.officer, places.get(row.officer_id), user),
                    row.course.code,
                    localize(outlines[row.pk].title, user.language),
                    row.cycle,
                    states[row.state(now)],
                    percents[row.pk],
                    row.enrolled_at,
                    row.started_at,
                    row.due_on,
                    row.completed_at,
                    row.cancelled_at,
                ]

    columns = [
        *_person_columns(),
        Column("course_code", _("Course code"), width=12),
        Column("course", _("Course"), width=40),
        Column("cycle", _("Cycle"), "number", 8),
        Column("state", _("State"), width=16),
        Column("progress", _("Progress"), "percent", 10),
        Column("enrolled_at", _("Enrolled"), "moment", 18),
        Column("started_at", _("Started"), "moment", 18),
        Column("due_on", _("Due date"), "day", 12),
        Column("completed_at", _("Completed"), "moment", 18),
        Column("cancelled_at", _("Cancelled"), "moment", 18),
    ]
    return table_of(form, name="enrolments", title=_("Enrolments"), columns=columns, rows=rows)


def certificates_table(form: CertificateFilter) -> Table:
    """The expiring certificates that the filters show."""
    user, paths = form.user, form.within_units()
    found = form.ordered().select_related("enrolment__officer")

    def rows() -> Iterator[list[Cell]]:
        for batch in chunks(found.iterator(chunk_size=CHUNK)):
            holders: list[tuple[Certificate, User]] = [(c, c.enrolment.officer) for c in batch]
            places = postings_of({person.pk for _certificate, person in holders}, paths)
            for certificate, person in holders:
                yield [
                    *_person_cells(person, places.get(person.pk), user),
                    certificate.course_code,
                    certificate.course_title.localize(user.language),
                    certificate.shown_serial,
                    certificate.issued_on,
                    certificate.expires_on,
                ]

    columns = [
        *_person_columns(),
        Column("course_code", _("Course code"), width=12),
        Column("course", _("Course"), width=40),
        Column("serial", _("Serial number"), width=22),
        Column("issued_on", _("Issued"), "day", 12),
        Column("expires_on", _("Valid until"), "day", 12),
    ]
    return table_of(
        form, name="certificates", title=_("Expiring certificates"), columns=columns, rows=rows
    )
