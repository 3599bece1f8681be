"""Copies of a workspace by the form on its page: what is refused is said, and each copy is there to be opened."""

from __future__ import annotations

import docker
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.people import Made, Person
from tests.browser.test_looks import page_problems
from tests.harness import Platform

pytestmark = pytest.mark.browser
WORK_MS = 90_000


def test_two_are_made_by_the_form_and_have_what_was_prepared(
    platform: Platform, docker_engine: docker.DockerClient, new_page: NewPage, console_errors: list[str]
) -> None:
    owner = Person(platform, "copies-owner")
    made = owner.make("Copied here")
    prepared = docker_engine.containers.get(f"spaces-{made.id}").exec_run(["sh", "-c", "echo task >/workspace/task"])
    assert prepared.exit_code == 0

    page = owner.page(new_page, f"/workspaces/{made.id}/")
    page.get_by_role("link", name="Make copies …").click()
    expect(page.locator("#count-hint")).to_contain_text("They are called “Copied here 1”, “Copied here 2” and so on.")
    assert not page_problems(page, "copies", console_errors)
    page.get_by_label("How many?").fill("50")
    page.get_by_role("button", name="Make copies").click()
    expect(page.get_by_role("alert")).to_contain_text("only 4 workspace slots remaining")
    page.get_by_label("How many?").fill("2")
    page.get_by_role("button", name="Make copies").click()
    each = page.get_by_role("region", name="Each workspace")
    expect(each.get_by_role("listitem").filter(has_text="Done")).to_have_count(2, timeout=WORK_MS)
    for link in each.get_by_role("link").all():
        public_id = str(link.get_attribute("href")).strip("/").rpartition("/")[2]
        found = docker_engine.containers.get(f"spaces-{public_id}").exec_run(["cat", "/workspace/task"])
        assert (found.exit_code, found.output) == (0, b"task\n")
    each.get_by_role("link", name="Copied here 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Copied here 2")
    for space in platform.get("/api/v1/spaces/list", token=owner.token).json()["spaces"]:
        owner.delete(Made(space["id"], ""))
