"""What the scripts add to the selects of matching and ordering: dragging, and buttons."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Open
from tests.e2e.server import Site, wait_until
from tests.e2e.steps import shown, sign_in

pytestmark = pytest.mark.once

MATCHING, ORDERING = 6, 7  # where they stand in the quiz of all types
CHANGES = """
  window.changes = 0;
  document.addEventListener("change", () => { window.changes += 1; });
"""


class Sitting:
    """An attempt at the quiz of all types, its page open."""

    def __init__(self, site: Site, page: Page) -> None:
        self.site, self.page = site, page
        who = site.seed.officer()
        site.seed.enrol(login=who["login"], course="TYPES")
        self.pk = site.seed.start(login=who["login"], course="TYPES", key="types")
        page.add_init_script(CHANGES)
        sign_in(page, who, at=f"/attempts/{self.pk}/")
        expect(page.locator("[data-status]")).to_have_class("saved ready")

    def question(self, number: int) -> dict[str, Any]:
        return dict(self.site.seed.attempt(pk=self.pk)["questions"][str(number)])

    def is_right(self, number: int) -> bool:
        return bool(self.question(number)["is_right"])

    def expect_saved(self, number: int, changes: int) -> None:
        """The right answer is on the page and on the server; a change each, and no more."""
        wait_until(lambda: self.is_right(number), f"answer {number} never came")
        expect(self.page.locator("[data-status]")).to_have_class("saved ")
        assert shown(self.page, self.question(number)["right"])
        assert self.page.evaluate("changes") == changes


@pytest.fixture
def sitting(site: Site, open_page: Open) -> Sitting:
    return Sitting(site, open_page(viewport={"width": 1280, "height": 1000}))


def middle(target: Locator) -> tuple[float, float]:
    box = target.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def hold(page: Page, thing: Locator, over: Locator) -> None:
    """Drag one thing over another, without letting go."""
    page.mouse.move(*middle(thing))
    page.mouse.down()
    page.mouse.move(*middle(over), steps=5)


def chip(page: Page, value: str) -> Locator:
    return page.locator(f"[data-matching] [data-value='{value}']:not(.dragging)")


def select(page: Page, name: str) -> Locator:
    return page.locator(f"select[name='{name}']")


def test_options_are_dragged_onto_pairs(sitting: Sitting) -> None:
    page, right = sitting.page, sitting.question(MATCHING)["right"]
    problem = page.locator(f"#q{MATCHING}-problem")  # moves the pairs as it comes
    page.locator(f"#q{MATCHING}").scroll_into_view_if_needed()

    for left, (name, [value]) in enumerate(right.items(), 1 - len(right)):
        hold(page, chip(page, value), select(page, name))
        expect(page.locator(".over").locator(select(page, name))).to_be_visible()
        page.mouse.up()
        expect(select(page, name)).to_have_value(value)
        expect(problem).to_be_visible(visible=left < 0)

    sitting.expect_saved(MATCHING, changes=len(right))
    expect(page.locator("[data-matching] :is(.over, .dragging)")).to_have_count(0)
    expect(page.locator("[data-matching] > [aria-hidden=true] [tabindex]")).to_have_count(0)


def test_drag_of_an_option_is_given_up(sitting: Sitting) -> None:
    page, right = sitting.page, sitting.question(MATCHING)["right"]
    name, [value] = next(iter(right.items()))
    page.locator(f"#q{MATCHING}").scroll_into_view_if_needed()

    hold(page, chip(page, value), select(page, name))
    page.keyboard.press("Escape")
    page.mouse.up()
    hold(page, chip(page, value), page.locator(f"#q{MATCHING} legend"))
    page.mouse.up()

    expect(select(page, name)).to_have_value("")
    expect(page.locator("[data-matching] :is(.over, .dragging)")).to_have_count(0)
    assert page.evaluate("changes") == 0


def test_page_follows_a_finger_to_a_pair_out_of_sight(site: Site, open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 400}, has_touch=True)
    right = Sitting(site, page).question(MATCHING)["right"]
    name, [value] = next(iter(right.items()))
    chip(page, value).scroll_into_view_if_needed()
    expect(select(page, name)).not_to_be_in_viewport()
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", middle(chip(page, value)))
    touch("touchMove", (100, 20))
    wait_until(lambda: middle(select(page, name))[1] > 60, "the page did not follow")
    touch("touchMove", middle(select(page, name)))
    expect(page.locator(".over").locator(select(page, name))).to_be_visible()
    touch("touchEnd")

    expect(select(page, name)).to_have_value(value)
    assert page.evaluate("changes") == 1


def places(page: Page) -> list[Locator]:
    return page.locator("[data-ordering] [data-item]").all()


def in_order(right: dict[str, list[str]]) -> list[str]:
    return sorted(right, key=lambda name: int(right[name][0]))


def item(page: Page, name: str) -> Locator:
    return page.locator("[data-item]").filter(has=select(page, name))


def test_items_are_dragged_into_order(sitting: Sitting) -> None:
    page, names = sitting.page, in_order(sitting.question(ORDERING)["right"])
    page.locator(f"#q{ORDERING}").scroll_into_view_if_needed()

    moved = 0
    for place, name in enumerate(names):
        if places(page)[place].locator("select").get_attribute("name") == name:
            continue
        hold(page, item(page, name).locator(".ordering-handle"), places(page)[place])
        x, y = middle(places(page)[place])
        page.mouse.move(x, y - 20)
        page.mouse.up()
        moved += 1

    sitting.expect_saved(ORDERING, changes=moved)


def test_items_are_put_in_order_by_buttons(sitting: Sitting) -> None:
    page, names = sitting.page, in_order(sitting.question(ORDERING)["right"])

    moved = 0
    for place, name in enumerate(names):
        while places(page)[place].locator("select").get_attribute("name") != name:
            up = item(page, name).locator("[data-move='-1']")
            up.click()
            expect(up).to_be_focused()
            moved += 1

    sitting.expect_saved(ORDERING, changes=moved)
