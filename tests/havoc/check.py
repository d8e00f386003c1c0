"""Compares what the officers know with what database, storage and mail server hold.

`main` reads two files and writes a third: the counts and, by kind, what was lost, doubled or wrong.
"""

import json
from collections import Counter, defaultdict
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from certificates.models import Certificate, CertificateFile
from courses.models import Enrolment
from lms.audit.models import AuditEntry
from quizzes.models import Attempt, AttemptItem, ResponseSave
from tests.havoc.plan import PASS_MARK, RIGHT

# Each act that must have its one entry: verb, the things it is of.
ACTS = {
    "enrolment.created": lambda: Enrolment.objects.all(),
    "course.completed": lambda: Enrolment.objects.exclude(completed_at=None),
    "attempt.started": lambda: Attempt.objects.all(),
    "attempt.submitted": lambda: Attempt.objects.exclude(submitted_at=None),
    "certificate.issued": lambda: Certificate.objects.all(),
}


class Findings:
    """What was lost, doubled or wrong, by kind; nothing is well."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = defaultdict(list)

    def note(self, kind: str, what: object) -> None:
        self.found[kind].append(str(what))


def answers(ledger: dict[str, Any], findings: Findings) -> dict[str, int]:
    """Each acknowledged save is there once; what counts is the last word, or a later one sent."""
    rows: dict[tuple[str, int], dict[tuple[str, int], list[Any]]] = defaultdict(dict)
    fields = ("item__attempt_id", "item__position", "client", "seq", "data", "pk")
    total = 0
    for attempt, position, client, seq, data, pk in ResponseSave.objects.values_list(*fields):
        rows[str(attempt), position].setdefault((client, seq), []).append((data, pk))
        total += 1
    current = {
        (str(attempt), position): pk
        for attempt, position, pk in AttemptItem.objects.values_list(
            "attempt_id", "position", "current"
        )
    }
    acknowledged = 0
    for attempt, sitting in ledger["sittings"].items():
        for position, saves in sitting["saves"].items():
            place = (attempt, int(position))
            held = rows.pop(place, {})
            name = f"{attempt} {position}"
            for save in saves:
                found = held.pop((save["client"], save["seq"]), [])
                acknowledged += save["acknowledged"]
                if save["acknowledged"] and not found:
                    findings.note("answer lost", f"{name} {save}")
                if len(found) > 1:
                    findings.note("answer doubled", f"{name} {save}")
                for data, pk in found:
                    if save["value"] not in data.values() and save["value"] not in str(data):
                        findings.note("answer changed", f"{name} {save} is {data}")
                    save["pk"] = pk
            for key in held:
                findings.note("answer of nobody", f"{name} {key}")
            counts_last(name, saves, current.get(place), findings)
    for (attempt, position), held in rows.items():
        findings.note("answer of nobody", f"{attempt} {position} {list(held)}")
    return {"answers acknowledged": acknowledged, "answers kept": total}


def counts_last(name: str, saves: list[Any], current: int | None, findings: Findings) -> None:
    last = max((n for n, save in enumerate(saves) if save["acknowledged"]), default=0)
    allowed = {save.get("pk") for save in saves[last:]}
    if not any(save["acknowledged"] for save in saves):
        allowed.add(None)
    if current not in allowed:
        findings.note("answer that does not count", f"{name}: {current}, not one of {allowed}")


def attempts(ledger: dict[str, Any], findings: Findings) -> dict[str, int]:
    """Submitted where that was acknowledged, and marked as the answers that count ask for."""
    rows = {str(row.pk): row for row in Attempt.objects.all()}
    items: dict[str, list[AttemptItem]] = defaultdict(list)
    for item in AttemptItem.objects.select_related("version__question", "current"):
        items[str(item.attempt_id)].append(item)
    finished = 0
    for pk, sitting in ledger["sittings"].items():
        row = rows.get(pk)
        if row is None:
            findings.note("attempt lost", pk)
            continue
        finished += sitting["finished"]
        if sitting["finished"] and row.is_open:
            findings.note("attempt not submitted", pk)
        if row.is_open:
            if row.deadline_at:
                findings.note("attempt out of time and open", pk)
            continue
        right = [is_right(item) for item in items[pk]]
        percent = Decimal(100 * sum(right)) / len(right)
        if row.mark != sum(right) or row.passed != (percent >= PASS_MARK):
            findings.note("mark wrong", f"{pk}: {right}, but {row.mark} and passed {row.passed}")
    return {"attempts": len(rows), "attempts finished": finished}


def is_right(item: AttemptItem) -> bool:
    return RIGHT[item.version.question.type] in item.response.values()


def completions(ledger: dict[str, Any], findings: Findings) -> dict[str, int]:
    """Each acknowledged completion is one, and each completion has one certificate."""
    done = Counter(
        f"{officer} {course}"
        for officer, course in Enrolment.objects.exclude(completed_at=None).values_list(
            "officer_id", "course__code"
        )
    )
    for name, number in ledger["completions"].items():
        if done[name] < number:
            findings.note("completion lost", f"{name}: {done[name]} of {number}")
    issued = Counter(Certificate.objects.values_list("enrolment_id", flat=True))
    for enrolment in Enrolment.objects.exclude(completed_at=None):
        if issued[enrolment.pk] != 1:
            name = "certificate doubled" if issued[enrolment.pk] else "certificate lost"
            findings.note(name, f"{enrolment.pk}: {issued[enrolment.pk]}")
    for pk in Enrolment.objects.filter(completed_at=None, pk__in=list(issued)):
        findings.note("certificate without a completion", pk)
    return {
        "completions acknowledged": sum(ledger["completions"].values()),
        "completions": sum(done.values()),
        "certificates": sum(issued.values()),
    }


def files(findings: Findings) -> dict[str, int]:
    """Each certificate has one file, whole, and the storage holds no other."""
    media = Path(settings.MEDIA_ROOT)
    lying = {
        str(path.relative_to(media)) for path in media.glob("certificates/**/*") if path.is_file()
    }
    rows = defaultdict(list)
    for row in CertificateFile.objects.select_related("certificate"):
        rows[row.certificate_id].append(row)
    made = 0
    for certificate in Certificate.objects.all():
        if len(rows[certificate.pk]) != 1:
            name = "file doubled" if rows[certificate.pk] else "file lost"
            findings.note(name, f"{certificate.pk}: {len(rows[certificate.pk])}")
        for row in rows[certificate.pk]:
            made += 1
            if str(row.file) not in lying:
                findings.note("file lost", f"{certificate.pk}: {row.file} is not there")
                continue
            lying.discard(str(row.file))
            if problem := problem_of((media / str(row.file)).read_bytes(), row):
                findings.note("file not valid", f"{row.file}: {problem}")
    parts = {name for name in lying if name.endswith(".part")}
    for name in lying - parts:
        findings.note("file of nobody", name)
    return {"files": made, "parts left behind": len(parts)}


def problem_of(content: bytes, row: CertificateFile) -> str:
    if sha256(content).hexdigest() != row.sha256:
        return "another content"
    try:
        pages = PdfReader(BytesIO(content)).pages
        if len(pages) != 1:
            return f"{len(pages)} pages"
        text = "".join(pages[0].extract_text().split())
    except PyPdfError as error:
        return repr(error)
    serial = row.certificate.shown_serial
    return "" if serial in text else f"it does not say {serial}"


def mails(taken: list[tuple[str, bool]], findings: Findings) -> dict[str, int]:
    """Each certificate has its one message; `taken` is (Message-ID, may it come again) in order.

    A message that was handed over twice is the same message, by its Message-ID: it may be where
    the worker or the database was lost between handing it over and noting so.
    """
    count, again = Counter(name for name, _may in taken), 0
    excused = Counter(name for name, may in taken if may)
    for certificate in Certificate.objects.all():
        mine = [name for name in count if str(certificate.pk) in name]
        if not mine:
            findings.note("mail lost", certificate.pk)
        for name in mine[1:]:
            findings.note("mail doubled", f"{certificate.pk}: {name}")
        for name in mine[:1]:
            again += count[name] - 1
            if count[name] - 1 > excused[name]:
                findings.note("mail doubled", f"{certificate.pk}: {count[name]} times")
        for name in mine:
            del count[name]
    for name in count:
        findings.note("mail of nobody", name)
    return {"mails": len({name for name, _may in taken}), "mails handed over again": again}


def audit(findings: Findings) -> dict[str, int]:
    """One entry for each act, and none of what was not done."""
    total = 0
    for verb, things in ACTS.items():
        entries = Counter(AuditEntry.objects.filter(verb=verb).values_list("thing_id", flat=True))
        total += sum(entries.values())
        for pk in map(str, things().values_list("pk", flat=True)):
            number = entries.pop(pk, 0)
            if number != 1:
                name = "audit entry doubled" if number else "audit entry lost"
                findings.note(name, f"{verb} {pk}: {number}")
        for pk in entries:
            findings.note("audit entry of nothing", f"{verb} {pk}")
    return {"audit entries": total}


def whole(ledger: dict[str, Any], taken: list[tuple[str, bool]]) -> dict[str, Any]:
    findings, counts = Findings(), {}
    counts |= answers(ledger, findings)
    counts |= attempts(ledger, findings)
    counts |= completions(ledger, findings)
    counts |= files(findings)
    counts |= mails(taken, findings)
    counts |= audit(findings)
    return {"counts": counts, "findings": findings.found}


def main(words: list[str]) -> None:
    *read, written = map(Path, words)
    ledger, taken = (json.loads(path.read_text(encoding="utf-8")) for path in read)
    written.write_text(json.dumps(whole(ledger, taken), ensure_ascii=False), encoding="utf-8")
