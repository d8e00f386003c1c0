"""The catalogue cut down to one module and a final test: what journeys and checks need of it."""

import re
import shutil
from pathlib import Path

from courses.catalogue import CATALOGUE
from courses.glossary import FILE

COURSE = "DOC-01"
FINAL = """            - {question: td3-field-positions}
            - {question: digits-number}
            - {question: digits-genuine}
            - {draw: {count: 1, tags: [check-digits], difficulty: 3}}
            - {draw: {count: 1, tags: [names], difficulty: 2}}
            - {draw: {count: 1, tags: [formats]}}
            - {draw: {count: 1, tags: [td3]}}
            - {draw: {count: 1, tags: [cards]}}
            - {draw: {count: 1, tags: [visas]}}
            - {draw: {count: 2, tags: [codes]}}
            - {draw: {count: 1, tags: [check-digits]}}
"""


def cut_catalogue(to: Path) -> Path:
    """Into `to`: the glossary, and DOC-01 with its guide, its module "mrz" and a test of twelve."""
    source, course = CATALOGUE / COURSE, to / COURSE
    course.mkdir(parents=True)
    shutil.copy(CATALOGUE / FILE, to / FILE)
    text = (source / "course.yaml").read_text(encoding="utf-8")
    head, _modules, rest = text.partition("modules:\n")
    modules = {part.split("\n", 1)[0]: part for part in re.split(r"(?m)^  - key: ", rest)[1:]}
    final = modules["final"].partition("          slots:\n")
    kept = [modules["mrz"], final[0] + final[1] + FINAL]
    (course / "course.yaml").write_text(
        head + "modules:\n" + "".join(f"  - key: {part}" for part in kept), encoding="utf-8"
    )
    bank, *questions = re.split(
        r"(?m)^(?=  - key: )", (source / "questions.yaml").read_text(encoding="utf-8")
    )
    of_module = [question for question in questions if "    tags: [mrz, " in question]
    (course / "questions.yaml").write_text(bank + "".join(of_module), encoding="utf-8")
    used: set[str] = set()
    for lesson in (source / "GUIDE", *source.glob("mrz-*/")):
        shutil.copytree(lesson, course / lesson.name)
        for path in lesson.iterdir():
            used |= set(re.findall(r"figures/([\w-]+)\.svg", path.read_text(encoding="utf-8")))
    (course / "figures").mkdir()
    for name in sorted(used):
        for kind in ("svg", "yaml"):
            shutil.copy(source / "figures" / f"{name}.{kind}", course / "figures")
    return to
