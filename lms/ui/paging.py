"""Lists in pages of 25, 50 or 100, the choice and the place in the address."""

from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

SIZES = (25, 50, 100)


class ListPage(Page):  # type: ignore[type-arg]
    """A page that knows which numbers to offer."""

    def numbers(self) -> list[int | str]:
        """Page numbers around this one, with an ellipsis for each gap."""
        return list(self.paginator.get_elided_page_range(self.number, on_each_side=2, on_ends=1))

    def sizes(self) -> list[int]:
        """Page sizes worth offering: none beyond the first that shows everything."""
        smaller = [size for size in SIZES if size < self.paginator.count]
        return list(SIZES[: len(smaller) + 1]) if smaller else []


class ListPaginator(Paginator):  # type: ignore[type-arg]
    def _get_page(self, *args: Any, **kwargs: Any) -> ListPage:
        return ListPage(*args, **kwargs)


def page_of(
    request: HttpRequest, queryset: QuerySet[Any] | list[Any], per_page: int = 25
) -> ListPage:
    """The page that `?page=` names, of `?size=` rows; a wrong number gives the nearest page.

    Two queries, one to count and one for the rows. For `components/pagination.html`.
    """
    size = request.GET.get("size", "")
    if size in map(str, SIZES):
        per_page = int(size)
    page = ListPaginator(queryset, per_page).get_page(request.GET.get("page"))
    return cast(ListPage, page)
