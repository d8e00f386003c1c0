"""What happens in an instance that is backed up, each in a process of its own.

Called with the instance's folder, the name of its database on PostgreSQL, and a verb:

build               migrate, and make people, courses, files, a certificate, and secrets
manage WORD …       a command of manage.py
little-disk WORD …  the same where no file may be larger than `LARGEST`
state FILE          write each row of each table, sorted, as JSON
work                save answers and add pictures until killed; a line for each that was kept
migrate TARGETS     bring the apps to the migrations that a JSON object names
"""

import json
import os
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

LARGEST = 5_000_000  # bytes


def build() -> None:
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    from certificates.models import Certificate
    from certificates.tasks import finish_certificate
    from courses.models import TextFile
    from lms.people.actions.jobs import start_job
    from tests import factories

    call_command("migrate", verbosity=0)
    call_command("createcachetable", database="cache", verbosity=0)
    root = factories.service("UA")
    unit = factories.unit(root, "UA-SARNY")
    course = factories.published_course(root, code="DOC-07", readings=2, questions=3)
    for number, language in enumerate(("uk", "be", "")):
        text = course.lessons.filter(kind="reading")[0].texts.get(language=language or "ru")
        TextFile.objects.create(text=text, file=picture(course, number, language))
    done, busy = factories.officer(unit, email="їжак@example.org"), factories.officer(unit)
    factories.completed(factories.enrolled(done, course))
    finish_certificate(str(Certificate.objects.get().pk))
    factories.answered(factories.started(factories.enrolled(busy, course)), right=2)
    start_job(
        kind="people.codes", actor=factories.administrator(root), params={"count": 1},
        things=[(str(busy.pk), busy.full_name)],
    )  # fmt: skip
    session = SessionStore()
    session["mark"] = "somebody is signed in"
    session.create()


def picture(course: Any, number: int, language: str) -> Any:
    """Of a colour of its own."""
    from django.core.files.base import ContentFile
    from PIL import Image

    from courses.uploads import store_image

    content = BytesIO()
    Image.new("RGB", (40, 30), (number % 256, number // 256, 90)).save(content, "PNG")
    upload = ContentFile(content.getvalue(), name="штамп.png")
    return store_image(course=course, upload=upload, language=language, alt="Штамп", actor=None)


def manage(*words: str) -> None:
    from django.core.management import ManagementUtility

    ManagementUtility(["manage.py", *words]).execute()


def little_disk(*words: str) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))
    manage(*words)


def state(path: str) -> None:
    from django.apps import apps
    from django.core.serializers.json import DjangoJSONEncoder
    from i18nfield.strings import LazyI18nString

    class Encoder(DjangoJSONEncoder):
        def default(self, value: Any) -> Any:
            return value.data if isinstance(value, LazyI18nString) else super().default(value)

    encoder = Encoder(sort_keys=True, ensure_ascii=False)
    rows = {
        model._meta.label: sorted(encoder.encode(row) for row in model._base_manager.values())
        for model in apps.get_models(include_auto_created=True)
    }
    Path(path).write_text(json.dumps(rows, ensure_ascii=False))


def work() -> None:
    from courses.models import Course
    from quizzes.actions import save_response
    from quizzes.models import Attempt

    attempt = Attempt.objects.select_related("enrolment__officer").get(submitted_at=None)
    item = attempt.items.order_by("position")[0]
    course = Course.objects.get()
    for number in count(1):
        save_response(
            attempt=attempt, item=item, client="work", seq=number, language="uk",
            data={"choice": "a"},
        )  # fmt: skip
        print("answer", number, flush=True)
        if number % 5 == 0:
            print("picture", picture(course, 1000 + number, "uk").file.name, flush=True)


def migrate(targets: str) -> None:
    from django.core.management import call_command

    for app, name in json.loads(targets).items():
        call_command("migrate", app, name, verbosity=0)


def stand_in(folder: str, database: str) -> None:
    """Make the process, which has loaded the settings elsewhere, one of this instance."""
    from django.conf import settings
    from django.db import connections

    os.chdir(folder)
    for name in ("messages", "control"):
        (settings.QUEUE_DIR / name).mkdir(parents=True, exist_ok=True)
    if database:
        connections["default"].settings_dict["NAME"] = database


def main(words: list[str]) -> None:
    folder, database, verb, *rest = words
    stand_in(folder, database)
    verbs = {
        "build": build, "manage": manage, "little-disk": little_disk, "state": state,
        "work": work, "migrate": migrate,
    }  # fmt: skip
    verbs[verb](*rest)
