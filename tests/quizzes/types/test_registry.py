import pytest
from django.core.exceptions import ImproperlyConfigured

from quizzes.types import builtin, registry
from quizzes.types.truefalse import TrueFalse


class Riddle(TrueFalse):
    code = "riddle"


def test_unknown_code_has_no_type() -> None:
    assert registry.get("riddle") is None


def test_code_registered_twice_is_an_error() -> None:
    with (
        registry.temporarily(Riddle()),
        pytest.raises(ImproperlyConfigured, match="two question types call themselves 'riddle'"),
    ):
        registry.register(Riddle())


def test_temporary_type_is_gone_afterwards() -> None:
    riddle, before = Riddle(), registry.all_types()

    with registry.temporarily(riddle):
        assert registry.get("riddle") is riddle
        assert registry.all_types() == [*before, riddle]

    assert registry.all_types() == before


def test_temporary_type_is_gone_after_an_error() -> None:
    with pytest.raises(RuntimeError), registry.temporarily(Riddle()):
        raise RuntimeError

    assert registry.get("riddle") is None


def test_register_all_registers_the_seven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_types", {})

    builtin.register_all()

    assert [kind.code for kind in registry.all_types()] == [
        "single",
        "multiple",
        "truefalse",
        "shorttext",
        "numeric",
        "matching",
        "ordering",
    ]
