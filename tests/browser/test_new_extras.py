"""What a new workspace is given along: folded away, found by keyboard, and open again where something is wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.people import Person
from tests.harness import Platform

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_a_wrong_address_opens_its_part_again_and_the_token_is_typed_anew(
    width: int, theme: str, platform: Platform, new_page: NewPage
) -> None:
    page = Person(platform, f"extras{width}").page(
        new_page, "/workspaces/new", viewport={"width": width, "height": 900}, color_scheme=theme
    )
    expect(page.get_by_label("Address")).to_be_hidden()
    for part in ("Template", "Repository", "Variables"):
        page.locator("summary", has_text=part).focus()
        page.keyboard.press("Enter")
    page.get_by_label("Address").fill("ftp://host/x")
    page.get_by_label("Token").fill("ghp_1")
    page.get_by_label("Environment variables").fill("A=1\nB=2")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_label("Address")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Address")).to_have_value("ftp://host/x")
    expect(page.get_by_label("Token")).to_have_value("")
    expect(page.get_by_label("Environment variables")).to_have_value("A=1\nB=2")
