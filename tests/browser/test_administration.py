"""The administration and the API's page, as their Content-Security-Policy lets a browser use them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
EMAIL = "leader@example.org"
TABLES = (
    "workspaces/workspace", "workspaces/operation", "workspaces/kind", "workspaces/imagebuild", "accounts/user",
    "workshop/workshop", "workshop/seat", "workshop/claim", "workshop/push", "workshop/rehearsal",
)  # fmt: skip


@pytest.fixture
def token(platform: Platform, page: Page) -> str:
    """The token of staff who is also signed in, by way of the administration's address."""
    token = platform.token(EMAIL, staff=True)
    page.goto(f"{platform.url}/admin/")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code", exact=True).fill(platform.sign_in_code(EMAIL))
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/admin/")
    return token


def test_staff_finds_a_workspace_acts_on_it_and_deletes_it(
    page: Page, platform: Platform, token: str, console_errors: list[str]
) -> None:
    new = {"type": "code-server", "name": "Prepared"}
    made = platform.post("/api/v1/spaces/create", json=new, token=token, headers={"Prefer": "respond-async"})
    assert made.status_code == 201, made.text
    for table in TABLES:
        page.goto(f"{platform.url}/admin/{table}/")
        expect(page.locator("#content")).to_be_visible()
    page.goto(f"{platform.url}/admin/workspaces/workspace/?q=prepared")
    page.locator("input.action-select").first.check()
    page.locator("select[name=action]").select_option("clone")
    page.get_by_role("button", name="Run").first.click()
    expect(page.get_by_label("Copies of each")).to_have_value("1")
    page.get_by_role("link", name="Cancel").click()
    page.goto(f"{platform.url}/admin/workspaces/workspace/?q=prepared")
    for action, then in (("stop", "Stop: under way for 1 workspace."), ("delete_selected", "Delete: under way")):
        page.locator("input.action-select").first.check()
        page.locator("select[name=action]").select_option(action)
        page.get_by_role("button", name="Run").first.click()
        if action == "delete_selected":
            expect(page.get_by_text("all its files")).to_be_visible()
            page.get_by_role("button", name="Yes").click()
        expect(page.get_by_text(then)).to_be_visible()
    number = made.json()["spaceId"]
    gone = f"/api/v1/spaces/status/{number}"
    eventually(lambda: platform.get(gone, token=token).status_code == 404, "the worker removed it", seconds=60)
    assert console_errors == []


def test_staff_describes_an_image_that_others_have_packed(
    page: Page, platform: Platform, token: str, console_errors: list[str]
) -> None:
    page.goto(f"{platform.url}/admin/workspaces/kind/add/")
    expect(page.get_by_text("user root, variables PUID=1000")).to_be_visible()
    for name, text in {
        "title": "Boards", "description": "Circuit boards", "image": "linuxserver/kicad", "user": "root",
        "environment": "PUID=1000\nPGID=1000", "data_path": "/etc", "port": "3001",
    }.items():  # fmt: skip
        page.locator(f"[name={name}]").fill(text)
    page.locator("[name=scheme]").select_option("https")
    page.locator("[name=frame]").select_option("page")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("This folder is the system’s.")).to_be_visible()
    page.locator("[name=data_path]").fill("/config")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#result_list").get_by_role("link", name="Boards", exact=True).click()
    expect(page.locator("[name=environment]")).to_have_value("PUID=1000\nPGID=1000")
    page.goto(page.url.replace("/change/", "/delete/"))
    page.get_by_role("button", name="Yes").click()
    expect(page.locator("#result_list").get_by_role("link", name="Boards", exact=True)).to_have_count(0)
    assert console_errors == []


def test_the_page_of_the_api_works_under_the_policy_of_every_page(
    page: Page, platform: Platform, token: str, console_errors: list[str]
) -> None:
    page.goto(f"{platform.url}/api/docs/")
    entry = page.locator("#operations-Spaces-spaces_list")
    entry.locator(".opblock-summary").click()
    entry.locator(".try-out__btn").click()
    entry.locator(".execute").click()
    expect(entry.get_by_text("Spaces retrieved successfully").first).to_be_visible()
    assert console_errors == []
