"""The protocol of a group's results: who of a unit completed a course in a period, and how well.

The page and the PDF say the same. Lengths in the PDF are in millimetres.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import escape
from io import BytesIO
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from certificates.models import Certificate
from certificates.typesetting import (
    INK,
    ONE_AT_A_TIME,
    SANS,
    SANS_BOLD,
    SERIF,
    SERIF_BOLD,
    load_fonts,
)
from courses.models import Course, Enrolment
from courses.outlines import localize, outline_of
from lms.people.models import Organisation, User
from lms.reports.export import chunks
from lms.reports.filters import DayField, ListFilter, OneOf
from lms.reports.rows import postings_of, rank_of
from lms.reports.selections import between, enrolments_coordinated, postings

LONGEST: Final = 2000  # rows; more is no group, and no paper that anybody signs
MEMBERS: Final = 2  # places to sign for members of the commission


class ProtocolFilter(ListFilter):
    """Whose results: a course, a unit, a period."""

    course = OneOf(label=gettext_lazy("Course"))
    unit = OneOf(label=gettext_lazy("Unit"))
    completed_from = DayField(label=gettext_lazy("Completed from"))
    completed_to = DayField(label=gettext_lazy("Completed until"))
    everyone = forms.BooleanField(
        label=gettext_lazy("List those too who have not completed it"), required=False
    )

    def prepare(self) -> None:
        self.offer_units()
        self.offer_courses()

    def found(self) -> Any:
        """The enrolments that the protocol lists, by name."""
        values = self.values
        people = User.objects.filter(pk__in=postings(self.within_units()).values("user"))
        completed = between(
            "completed_at", values.get("completed_from"), values.get("completed_to")
        )
        if values.get("everyone"):
            listed = enrolments_coordinated(self.user).filter(cancelled_at=None)
            listed = listed.filter(completed_at=None) | listed.exclude(completed_at=None).filter(
                completed
            )
        else:
            listed = enrolments_coordinated(self.user).exclude(completed_at=None).filter(completed)
        return (
            listed.filter(course=values["course"], officer__in=people.values("pk"))
            .select_related("officer", "course")
            .order_by("officer__sort_key", "officer", "cycle")
        )


@dataclass(frozen=True)
class Line:
    number: int
    rank: str
    name: str
    login: str
    unit: str
    completed_on: date | None
    result: Decimal | None  # per cent, floored
    serial: str


@dataclass(frozen=True)
class Protocol:
    """What the paper says. Without an upper day the period lasts until the paper was made."""

    service: str
    course: str
    code: str
    unit: str
    first: date | None
    last: date | None
    lines: tuple[Line, ...]
    made_at: datetime
    made_by: str
    language: str

    @property
    def completed(self) -> int:
        return sum(line.completed_on is not None for line in self.lines)

    @property
    def mean(self) -> Decimal | None:
        """The mean of the results, floored to a tenth."""
        results = [line.result for line in self.lines if line.result is not None]
        if not results:
            return None
        return (sum(results, Decimal(0)) / len(results) * 10 // 1) / 10

    @property
    def period(self) -> str:
        def words(day: date | None) -> str:
            return date_format(day, "j E Y") if day else ""

        if self.first and self.last:
            return _("from %(first)s to %(last)s") % {
                "first": words(self.first),
                "last": words(self.last),
            }
        if self.first:
            return _("from %(first)s") % {"first": words(self.first)}
        last = self.last or timezone.localdate(self.made_at)
        return _("until %(last)s") % {"last": words(last)}


class TooMany(ValueError):
    """More rows than a protocol holds."""


def protocol_of(form: ProtocolFilter) -> Protocol:
    """The protocol that the form asks for; it names a course. Raises TooMany."""
    user, values = form.user, form.values
    rows: list[Enrolment] = list(form.found()[: LONGEST + 1])
    if len(rows) > LONGEST:
        raise TooMany
    course: Course = values["course"]
    return Protocol(
        service=user.service.name.localize(user.language) if user.service else "",
        course=localize(outline_of(course.current_revision_id or 0).title, user.language),
        code=course.code,
        unit=_unit_of(form),
        first=values.get("completed_from"),
        last=values.get("completed_to"),
        lines=tuple(_lines(rows, form)),
        made_at=timezone.now(),
        made_by=user.full_name,
        language=user.language,
    )


def _unit_of(form: ProtocolFilter) -> str:
    unit = form.values.get("unit")
    units = [unit] if unit else Organisation.objects.filter(path__in=form.paths)
    return ", ".join(one.name.localize(form.language) for one in units)


def _lines(rows: list[Enrolment], form: ProtocolFilter) -> list[Line]:
    user = form.user
    places = postings_of({row.officer_id for row in rows}, form.within_units())
    certificates: dict[Any, Certificate] = {}
    for batch in chunks(rows, 500):
        # The newest edition in force is written last.
        for one in Certificate.objects.filter(enrolment__in=batch).order_by("edition"):
            certificates[one.enrolment_id] = one
    lines = []
    for number, row in enumerate(rows, 1):
        certificate, place = certificates.get(row.pk), places.get(row.officer_id)
        in_force = certificate and certificate.revoked_at is None
        lines.append(
            Line(
                number=number,
                rank=rank_of(row.officer, user),
                name=row.officer.full_name,
                login=row.officer.login.upper(),
                unit=place.organisation.name.localize(user.language) if place else "",
                completed_on=timezone.localtime(row.completed_at).date()
                if row.completed_at
                else None,
                result=certificate.whole_result if certificate else None,
                serial=certificate.shown_serial if certificate and in_force else "",
            )
        )
    return lines


def result_in_words(line: Line) -> str:
    if line.result is not None:
        return f"{number_format(line.result)} %"
    return _("completed") if line.completed_on else _("not completed")


# --- the PDF -----------------------------------------------------------------------------------

WIDTHS: Final = (10, 31, 58, 26, 50, 23, 24, 45)


def drawable(text: str) -> str:
    """The text as our fonts can draw it: composed, a sign that they lack as a question mark."""
    held = load_fonts()
    composed = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(char if ord(char) in held else "?" for char in composed)


class _Numbered(Canvas):  # type: ignore[misc]
    """Says "page x of y" under each page, which is known only when all are laid out."""

    foot = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"initialFontName": SANS})
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - ReportLab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        total = len(self._pages)
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont(SANS, 8)
            self.setFillColor(INK)
            self.drawString(20 * mm, 10 * mm, self.foot)
            words = _("page %(number)d of %(total)d") % {"number": number, "total": total}
            self.drawRightString(landscape(A4)[0] - 15 * mm, 10 * mm, words)
            super().showPage()
        super().save()


def _style(name: str, **options: Any) -> ParagraphStyle:
    size = options.pop("size", 9)
    defaults = {"fontName": SANS, "bulletFontName": SANS, "textColor": INK}
    return ParagraphStyle(name, fontSize=size, leading=size * 1.28, **(defaults | options))


def _styles() -> dict[str, ParagraphStyle]:
    return {
        "service": _style("service", fontName=SANS_BOLD, size=11, alignment=TA_CENTER),
        "title": _style("title", fontName=SERIF_BOLD, size=17, alignment=TA_CENTER, spaceBefore=10),
        "course": _style("course", fontName=SERIF, size=13, alignment=TA_CENTER, spaceBefore=4),
        "fact": _style("fact", size=10, spaceBefore=3),
        "head": _style("head", fontName=SANS_BOLD, size=8.5),
        "cell": _style("cell", size=9),
        "right": _style("right", size=9, alignment=TA_RIGHT),
        "small": _style("small", size=7.5, alignment=TA_CENTER),
    }


def _heading(protocol: Protocol, styles: dict[str, ParagraphStyle]) -> list[Flowable]:
    def text(words: str, style: str) -> Paragraph:
        return Paragraph(escape(drawable(words)), styles[style])

    facts = [(_("Unit"), protocol.unit), (_("Period"), protocol.period)]
    return [
        text(protocol.service, "service"),
        text(_("Protocol of training results"), "title"),
        text(f"{protocol.course} ({protocol.code})", "course"),
        Spacer(0, 4 * mm),
        *(
            Paragraph(
                f'<font name="{SANS_BOLD}">{escape(drawable(label))}:</font> '
                f"{escape(drawable(value))}",
                styles["fact"],
            )
            for label, value in facts
        ),
        Spacer(0, 4 * mm),
    ]


def headings() -> list[str]:
    """The columns of the protocol, in the active language."""
    return [
        _("No."),
        _("Rank"),
        _("Name"),
        _("Service number"),
        _("Unit"),
        _("Result"),
        _("Date"),
        _("Certificate"),
    ]


def _table(protocol: Protocol, styles: dict[str, ParagraphStyle]) -> Flowable:
    def cell(words: str, style: str = "cell") -> Paragraph:
        return Paragraph(escape(drawable(words)), styles[style])

    rows = [[cell(words, "head") for words in headings()]]
    rows += [
        [
            cell(str(line.number), "right"),
            cell(line.rank),
            cell(line.name),
            cell(line.login),
            cell(line.unit),
            cell(result_in_words(line)),
            cell(date_format(line.completed_on, "SHORT_DATE_FORMAT") if line.completed_on else ""),
            cell(line.serial),
        ]
        for line in protocol.lines
    ]
    return LongTable(
        rows,
        colWidths=[width * mm for width in WIDTHS],
        repeatRows=1,
        style=[
            ("FONTNAME", (0, 0), (-1, -1), SANS),  # or each cell names Helvetica first
            ("GRID", (0, 0), (-1, -1), 0.4, INK),
            ("LINEBELOW", (0, 0), (-1, 0), 1, INK),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ],
    )


def totals(protocol: Protocol) -> list[tuple[str, str]]:
    """The lines under the table: label and number."""
    mean = protocol.mean
    said = [
        (_("In the list"), str(len(protocol.lines))),
        (_("Completed"), str(protocol.completed)),
        (_("Certificates"), str(sum(bool(line.serial) for line in protocol.lines))),
    ]
    return [*said, (_("Mean result"), f"{number_format(mean)} %")] if mean is not None else said


def signers() -> list[str]:
    """Who signs, in the active language."""
    return [_("Head of the commission"), *[_("Member of the commission")] * MEMBERS]


def _signatures(styles: dict[str, ParagraphStyle]) -> Flowable:
    rows: list[list[Any]] = []
    for post in signers():
        rows.append([Paragraph(escape(post), styles["fact"]), "", "", "", ""])
        under = [
            Paragraph(escape(words), styles["small"])
            for words in (_("signature"), _("initials, family name"))
        ]
        rows.append(["", under[0], "", under[1], ""])
    lines = [
        ("LINEBELOW", (column, row), (column, row), 0.6, INK)
        for row in range(0, len(rows), 2)
        for column in (1, 3)
    ]
    return Table(
        rows,
        colWidths=[62 * mm, 52 * mm, 6 * mm, 80 * mm, 67 * mm],
        rowHeights=[11 * mm, 5 * mm] * len(signers()),
        style=[
            ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
            ("FONTNAME", (0, 0), (-1, -1), SANS),
            *lines,
        ],
        hAlign="LEFT",
    )


def draw(protocol: Protocol) -> bytes:
    """The protocol as a PDF, in the active language: A4 across, the head of the table on each
    page, the signatures together on one."""
    with ONE_AT_A_TIME:
        load_fonts()
        styles = _styles()
        counted = " · ".join(f"{label}: {value}" for label, value in totals(protocol))
        story = [
            *_heading(protocol, styles),
            _table(protocol, styles),
            KeepTogether(
                [
                    Spacer(0, 4 * mm),
                    Paragraph(escape(drawable(counted)), styles["fact"]),
                    Spacer(0, 6 * mm),
                    _signatures(styles),
                ]
            ),
        ]
        made = timezone.localtime(protocol.made_at)
        foot = drawable(f"{protocol.code} · {protocol.unit} · {made:%Y-%m-%d %H:%M}")[:140]
        canvas = type("Numbered", (_Numbered,), {"foot": foot})
        out = BytesIO()
        SimpleDocTemplate(
            out,
            pagesize=landscape(A4),
            leftMargin=15 * mm,
            rightMargin=15 * mm,
            topMargin=15 * mm,
            bottomMargin=18 * mm,
            title=drawable(f"{_('Protocol of training results')}. {protocol.course}"),
            author=drawable(protocol.service),
            creator="Waypost",
            lang=protocol.language,
        ).build(story, canvasmaker=canvas)
        return out.getvalue()
