"""How long a staff list of 10,000 people takes from its upload to its end, and what memory.

`python -m tests.bench.staff_list [rows]` on the database that DATABASE_URL names, which is
emptied of nothing: give it one of its own. A half is new, the other half is here already.
"""

import os
import resource
import sys
from time import monotonic

import django
from django.core.files.uploadedfile import SimpleUploadedFile

LIMIT_SECONDS, LIMIT_MEGABYTES = 60, 300


def content(rows: int, kind: str) -> bytes:
    from lms.people.importing.writing import csv_bytes, xlsx_bytes

    headers = ["Service number", "Family name", "Given name", "Patronymic", "Rank", "Unit code",
               "E-mail", "Language", "Joined on"]  # fmt: skip
    table = (
        [f"{number:06}", f"Ґалаґан-{number}", "Мар’яна", "Їжаківна", "ст. сержант",
         f"BENCH-{number % 50}", f"p{number}@bench.example", "uk", "2026-09-01"]
        for number in range(100_000, 100_000 + rows)
    )  # fmt: skip
    return csv_bytes(headers, table) if kind == "csv" else xlsx_bytes(headers, table, title="1")


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(rows: int = 10_000, kind: str = "xlsx") -> dict[str, float]:
    """Seconds of each step, the total, and the peak of the whole process in MB.

    Needs a migrated database; makes a service of its own.
    """
    from lms.people.actions.imports import bring_list_in, settle_columns, take_in_list
    from lms.people.importing.reading import read_table
    from lms.people.importing.work import work_on_list
    from lms.people.models import StaffImport
    from tests import factories

    root = factories.service("BENCH")
    for number in range(50):
        factories.unit(root, f"BENCH-{number}")
    boss = factories.administrator(root)
    seconds: dict[str, float] = {}
    began = last = monotonic()

    def note(step: str) -> None:
        nonlocal last
        seconds[step], last = monotonic() - last, monotonic()

    for size in (rows // 2, rows):
        data = content(size, kind)
        began = last = monotonic()
        upload = SimpleUploadedFile("list", data)
        table = read_table(upload, upload.size)
        note("read")
        made = take_in_list(table=table, name="list", unit=root, actor=boss)
        note("keep")
        settle_columns(staff_import=made, columns=made.columns)
        while work_on_list(made.pk):
            pass
        note("try")
        bring_list_in(staff_import=StaffImport.objects.get(pk=made.pk))
        while work_on_list(made.pk):
            pass
        note("bring in")
        seconds["total"] = last - began
        made.refresh_from_db()
        assert made.state == "applied", made.state
        assert made.rows.exclude(outcome__in=["create", "same"]).count() == 0
        told = ", ".join(f"{step} {taken:.1f} s" for step, taken in seconds.items())
        print(f"{size} rows ({kind}, {len(data) / 1e6:.1f} MB): {told}; {peak_megabytes():.0f} MB")
    return seconds | {"megabytes": peak_megabytes()}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    found = measure(*map(int, sys.argv[1:2]))
    fits = found["total"] < LIMIT_SECONDS and found["megabytes"] < LIMIT_MEGABYTES
    sys.exit(0 if fits else 1)
