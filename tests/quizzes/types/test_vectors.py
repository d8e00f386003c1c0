"""The shared grading vectors, as far as their rules are ours.

Taken: true/false; multiple response where each wrong choice weighs −1/n or where ours and the
vector's weights cannot differ; numerical without units; reading a number without units; matching;
ordering "all previous and next" (scheme 4); short answers without weights or case.

Left out, since no type of ours has the rule:
- single choice with negative marks (ours gives 0), choices weighing −1 each beside right ones,
  short answers worth 0.8 (ours are right or wrong), wildcards and case;
- numbers with units, percent signs, currency, thousands commas, "x10^8" (ours says they are no
  numbers, before submission, instead of guessing);
- ordering by the other eight schemes; gap select and cloze; tries, certainty, countback (rules of
  the attempt, not of a type).
A fraction of null ("nothing answered") is our "not answered", whose mark is 0.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from quizzes.types.matching import Matching
from quizzes.types.multiple import MultipleChoice
from quizzes.types.numeric import Numeric, number
from quizzes.types.ordering import Ordering
from quizzes.types.shorttext import ShortText
from quizzes.types.truefalse import TrueFalse
from tests.vectors import vector

TOLERANCE = Decimal("0.000001")
TEXT = {"en": "?"}


def load(name: str) -> Any:
    return json.loads(vector("grading", name).read_text(encoding="utf-8"))


def cases(kind: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Question and case of each vector of a kind; at least one."""
    found = [
        (entry["question"], case)
        for entry in load("grading_cases.json")
        if entry["type"] == kind
        for case in entry["cases"]
    ]
    assert found, kind
    yield from found


def near(fraction: Decimal, expected: float | None) -> bool:
    return abs(fraction - Decimal(str(expected or 0))) <= TOLERANCE


def test_truefalse() -> None:
    kind = TrueFalse()
    for question, case in cases("truefalse"):
        body = kind.parse({"text": TEXT, "right": question["correct"]})
        response = {"value": case["response"]}

        assert near(kind.grade(body, response).fraction, case["fraction"])
        assert kind.is_answered(body, response) is (case["fraction"] is not None)


def multiple(weights: dict[str, Fraction]) -> Any:
    return MultipleChoice().parse(
        {
            "text": TEXT,
            "choices": [
                {"id": id_, "right": weight > 0, "text": {"en": id_}}
                for id_, weight in weights.items()
            ],
        }
    )


def is_ours(weights: dict[str, Fraction], chosen: list[str]) -> bool:
    """Whether the vector's weights and ours come to one mark for these choices."""
    right = [id_ for id_, weight in weights.items() if weight > 0]
    wrong = [weights[id_] for id_ in chosen if id_ not in right]
    return not wrong or len(wrong) == len(chosen) or all(w == -weights[right[0]] for w in wrong)


def test_multiple_response() -> None:
    taken = 0
    for question, case in cases("multichoice-multi"):
        weights = {id_: Fraction(str(weight)) for id_, weight in question["choices"].items()}
        if is_ours(weights, case["response"]):
            mark = MultipleChoice().grade(multiple(weights), {"choices": case["response"]})
            assert near(mark.fraction, case["fraction"])
            taken += 1
    assert taken == 5  # of 6; one takes a whole mark for a wrong choice


def test_multiple_response_exact() -> None:
    taken = 0
    for case in load("marking.json")["multiple_response"]:
        weights = {f"c{n}": Fraction(weight) for n, weight in enumerate(case["weights"])}
        chosen = [id_ for id_, mark in zip(weights, case["chosen"], strict=True) if mark]
        if is_ours(weights, chosen):
            mark = MultipleChoice().grade(multiple(weights), {"choices": chosen})
            assert near(mark.fraction, float(Fraction(*case["fraction"])))
            taken += 1
    assert taken == 5  # of 6, for the same reason


def test_short_answer() -> None:
    kind = ShortText()
    for question, case in cases("shortanswer"):
        whole = [words for words, weight in question["answers"].items() if weight == 1]
        body = kind.parse({"text": TEXT, "accepted": {"en": whole}})
        if case["fraction"] in (0, 1, None):
            response = {"text": case["response"]}
            assert near(kind.grade(body, response).fraction, case["fraction"])
            assert kind.is_answered(body, response) is (case["fraction"] is not None)


def test_numerical() -> None:
    kind = Numeric()
    for question, case in cases("numerical"):
        body = kind.parse({"text": TEXT, "answer": str(question["answer"])})

        assert near(kind.grade(body, {"text": case["response"]}).fraction, case["fraction"])


def test_number_as_typed() -> None:
    taken = 0
    for _question, case in cases("numerical-parse"):
        if case["value"] is None:
            assert number(case["response"]) is None
        elif not case["unit"] and "10^" not in case["response"] and "**" not in case["response"]:
            assert number(case["response"]) == Decimal(str(case["value"]))
            taken += 1
    assert taken == 10


def test_matching() -> None:
    kind = Matching()
    for question, case in cases("match"):
        body = kind.parse(
            {
                "text": TEXT,
                "pairs": [
                    {"id": left, "left": {"en": left}, "right": {"en": right}}
                    for left, right in question["pairs"].items()
                ],
                "extra": [
                    {"id": f"x{n}", "text": {"en": t}} for n, t in enumerate(question["extra"])
                ],
            }
        )
        ids = {text["en"]: id_ for id_, text in body.rights.items()}
        response = {"pairs": {left: ids[right] for left, right in case["response"].items()}}

        assert near(kind.grade(body, response).fraction, case["fraction"])


def order_mark(right: list[str], answer: list[str]) -> Decimal:
    kind = Ordering()
    body = kind.parse({"text": TEXT, "items": [{"id": t, "text": {"en": t}} for t in right]})
    response = {"positions": {id_: place for place, id_ in enumerate(answer, start=1)}}
    return kind.grade(body, response).fraction


def test_ordering() -> None:
    taken = 0
    for question, case in cases("ordering"):
        if question["rule"] == "all previous and next":
            mark = order_mark(question["correct"], case["response"])
            assert near(mark, case["fraction"])
            taken += 1
    assert taken == 4


def test_ordering_exact() -> None:
    for case in load("marking.json")["ordering"]:
        mark = order_mark(list(case["key"]), list(case["answer"]))

        assert near(mark, float(Fraction(*case["fractions"]["all_previous_and_next"])))
