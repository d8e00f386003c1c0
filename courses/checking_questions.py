"""Whether the questions of a bank can be asked: one best key, explained, tied to an outcome."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

from courses.checking_mrz import faults_of

ALIKE = 0.93
Fault = tuple[tuple[Any, ...], str]  # the place in the file, and what is wrong there


def faults_of_questions(
    questions: Sequence[dict[str, Any]], outcomes: Sequence[str], language: str
) -> Iterator[Fault]:
    """What is wrong with each question, and which are near-identical in the language.

    Outcomes are asked for where the course names its own by keys.
    """
    for number, entry in enumerate(questions):
        place = ("questions", number)
        key = entry.get("key", "?")
        for problem in _key_faults(entry):
            yield place, f"{key}: {problem}"
        if not entry.get("explanation"):
            yield place, f"{key}: no explanation"
        its = entry.get("outcomes") or []
        if outcomes and not its:
            yield place, f"{key}: no outcome"
        for unknown in [one for one in its if outcomes and one not in outcomes]:
            yield (*place, "outcomes"), f"{key}: the course has no outcome “{unknown}”"
        if zone := entry.get("mrz"):
            yield from (
                ((*place, "mrz"), f"{key}: {said}")
                for said in mrz_faults(str(zone), entry.get("mrz_faults", []))
            )
    yield from _twins(questions, language)


def mrz_faults(zone: str, declared: Sequence[str]) -> Iterator[str]:
    """Whether a zone is right, or wrong exactly where its text says that it is."""
    found = faults_of(zone)
    if found is None:
        if declared:
            yield "faults are declared of what is no whole machine readable zone"
        return
    if missing := sorted(found - set(declared)):
        yield f"the machine readable zone is wrong in: {', '.join(missing)}"
    if right := sorted(set(declared) - found):
        yield f"the machine readable zone is said to be wrong, but is right in: {', '.join(right)}"


def _key_faults(entry: dict[str, Any]) -> Iterator[str]:
    choices = [one for one in entry.get("choices") or [] if isinstance(one, dict)]
    right = [one for one in choices if one.get("right")]
    match entry.get("type"):
        case "single" if len(right) != 1:
            yield f"{len(right)} right answers, not one"
        case "multiple" if not right or len(right) == len(choices):
            yield "needs right answers and wrong ones"
        case "truefalse" if not isinstance(entry.get("right"), bool):
            yield "does not say whether it is true"
        case None:
            yield "no type"
        case _:
            pass
    texts = [str(sorted((one.get("text") or {}).items())) for one in choices]
    if len(set(texts)) < len(texts):
        yield "two choices are the same"


def _twins(questions: Sequence[dict[str, Any]], language: str) -> Iterator[Fault]:
    said = [_said(entry, language) for entry in questions]
    for (one, first), (other, second) in combinations(enumerate(said), 2):
        matcher = SequenceMatcher(None, first, second, autojunk=False)
        if (
            matcher.real_quick_ratio() > ALIKE
            and matcher.quick_ratio() > ALIKE
            and matcher.ratio() > ALIKE
        ):
            keys = questions[other].get("key"), questions[one].get("key")
            yield ("questions", other), f"{keys[0]}: nearly the same question as {keys[1]}"


def _said(entry: dict[str, Any], language: str) -> str:
    """All that tells a question from another, in one language."""
    left_out = {"key", "tags", "difficulty", "outcomes", "explanation"}
    parts: list[str] = []

    def gather(value: Any) -> None:
        if isinstance(value, dict) and language in value:
            gather(value[language])
        elif isinstance(value, dict):
            for key, inside in value.items():
                if key not in left_out:
                    gather(inside)
        elif isinstance(value, list):
            for inside in value:
                gather(inside)
        else:
            parts.append(str(value))

    gather(entry)
    return " ".join(parts)
