"""Changing YAML that people keep: what differs alone, and it says what it is to say."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.readable import Loader
from lms.yaml_edits import Flow, Known, Spaced, edited, is_same, new

FILE = """\
# Kept by hand.
key: 'mrz'
title: {uk: "Зона", en: "Zone"}  # in two languages
level: SQF 4
questions:
  # ------------------------------ first
  - key: one
    tags: [a, b]
    mrz: |
      AB
      CD

  # ------------------------------ second
  - key: two   # a remark
    text:
      uk: "Два"
      en: "Two"

  - {key: three, text: {uk: "Три", en: "Three"}}
"""


def read(text: str) -> Any:
    return yaml.load(text, Loader)


def changed(**values: Any) -> str:
    return edited(FILE, read(FILE) | values)


def question(number: int, **values: Any) -> str:
    questions = read(FILE)["questions"]
    questions[number] |= values
    return changed(questions=questions)


@pytest.mark.parametrize(
    ("text", "old", "instead"),
    [
        (changed(key="it's"), "'mrz'", "'it''s'"),
        (changed(level="SQF 5"), "SQF 4", "SQF 5"),
        (changed(level="yes: no"), "SQF 4", '"yes: no"'),
        (changed(title={"uk": "Зона", "en": "A \"zone\""}), '"Zone"', '"A \\"zone\\""'),
        (changed(title={"uk": "Зона"}), ', en: "Zone"', ""),
        (changed(open=True), '"Three"}}\n', '"Three"}}\nopen: true\n'),
        (question(0, tags=["a", "b", "c"]), "[a, b]", "[a, b, c]"),
        (question(0, mrz="EF\nGH\n"), "AB\n      CD", "EF\n      GH"),
        (question(1, text={"uk": "Два", "ru": "Два", "en": "Two"}),
         '"Два"\n', '"Два"\n      ru: "Два"\n'),
        (question(1, difficulty=2), '"Two"\n', '"Two"\n    difficulty: 2\n'),
        (question(2, text={"uk": "3", "en": "Three"}), '"Три"', '"3"'),
    ],
)  # fmt: skip
def test_what_differs_changes_and_nothing_else(text: str, old: str, instead: str) -> None:
    assert FILE.count(old) == 1
    assert text == FILE.replace(old, instead)


def test_comments_above_what_goes_comes_or_moves_stay() -> None:
    one, two, three = read(FILE)["questions"]
    text = changed(questions=[one, {"key": "new", "right": True}, three, two])
    assert is_same(read(text)["questions"], [one, {"key": "new", "right": True}, three, two])
    assert text.index("- first") < text.index("key: one") < text.index("key: new")
    assert text.index("key: new") < text.index("- second")
    assert "      CD\n\n  - key: new\n    right: true\n\n  - {key: three" in text
    assert "key: two   # a remark" in text
    gone = changed(questions=[one, three])
    assert "- second" in gone
    assert "remark" not in gone


def test_what_is_not_known_stays_and_defaults_need_not_be_written() -> None:
    text = "key: a\nmrz_faults: [birth]\n"
    known = Known(
        {"key": "a", "required": True, "tags": []}, defaults={"required": True, "tags": []}
    )
    assert edited(text, known) == text
    assert edited(text, {"key": "b"}) == "key: b\n"  # a plain mapping is the whole truth
    known["required"] = False
    assert edited(text, known) == text.replace("\n", "\nrequired: false\n", 1)
    assert new(known) == "key: a\nrequired: false\n"


def test_a_new_file_is_in_the_style_of_the_others() -> None:
    said = {
        "key": "mrz",
        "title": {"uk": "Зона"},
        "questions": Spaced(
            [
                {"key": "a", "right": True, "text": Flow(uk="no", en="yes")},
                {"key": "b", "answer": "90"},
            ]
        ),
    }
    assert new(said) == (
        'key: mrz\ntitle:\n  uk: "Зона"\nquestions:\n'
        '  - key: a\n    right: true\n    text: {uk: "no", en: "yes"}\n\n'
        '  - key: b\n    answer: "90"\n'
    )


words = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12)
scalars = st.none() | st.booleans() | st.integers(-9, 99) | words
keys = st.sampled_from(["key", "uk", "en", "title", "text", "on", "a-b"])
trees: Any = st.recursive(
    scalars,
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(keys, inside, max_size=4)
        | st.dictionaries(keys, inside, max_size=3).map(Flow)
    ),
    max_leaves=8,
)
files = st.dictionaries(keys, trees, min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(files, files)
def test_whatever_is_wanted_is_what_the_file_says(before: Any, after: Any) -> None:
    text = new(before)
    assert is_same(read(text), before)
    assert edited(text, before) == text
    assert is_same(read(edited(text, after)), after)
