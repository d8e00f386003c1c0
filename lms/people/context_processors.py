from django.http import HttpRequest

from lms.people.demo import is_demonstration


def people(request: HttpRequest) -> dict[str, object]:
    """`demo`: whether the pages must say that the data are a demonstration."""
    return {"demo": is_demonstration()}
