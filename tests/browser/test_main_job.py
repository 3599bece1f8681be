"""The main job, as a newcomer does it: sign up with the code from the mail, make a workspace, work in it, come back."""

from __future__ import annotations

import re

import docker
import pytest
from playwright.sync_api import Page, expect

from tests.browser.editor import terminal, wait_for_workbench, write_file
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
EMAIL = "first-steps@example.org"
LONG_MS = 90_000


def sign_up(page: Page, platform: Platform, email: str, username: str) -> None:
    page.goto(platform.url)
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code", exact=True).fill(platform.sign_in_code(email))
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("User name").fill(username)
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Workspaces", ignore_case=True)


def in_container(client: docker.DockerClient, public_id: str, path: str) -> str:
    """Content of a file in the workspace's container; empty when it is not there."""
    code, output = client.containers.get(f"spaces-{public_id}").exec_run(["cat", path])
    return output.decode() if code == 0 else ""


def test_from_sign_up_to_a_file_that_is_still_there_on_the_next_day(
    page: Page, platform: Platform, docker_engine: docker.DockerClient, console_errors: list[str]
) -> None:
    sign_up(page, platform, EMAIL, "first-steps")

    page.get_by_role("link", name=re.compile("create .*workspace", re.I)).first.click()
    page.get_by_label("Name", exact=True).fill("First steps")
    page.get_by_role("button", name=re.compile("create", re.I)).click()
    page.wait_for_url(re.compile(r"/workspaces/[a-z][a-z0-9]{11}/"))
    public_id = page.url.rstrip("/").rsplit("/", 1)[-1]
    expect(page.get_by_role("link", name=re.compile("^Open"))).to_be_visible(timeout=LONG_MS)  # without a reload
    assert not [error for error in console_errors if platform.url in error]

    with page.expect_popup() as opened:
        page.get_by_role("link", name=re.compile("^Open")).first.click()
    editor = opened.value
    wait_for_workbench(editor)
    assert editor.url.startswith(f"http://{public_id}.localhost:{platform.port}/"), editor.url

    write_file(editor, "/workspace/hello.py", "print('made in the browser')")
    eventually(
        lambda: "made in the browser" in in_container(docker_engine, public_id, "/workspace/hello.py"),
        "it is saved",
        10,
    )
    terminal(editor, "python3 /workspace/hello.py > /workspace/said.txt")
    eventually(
        lambda: in_container(docker_engine, public_id, "/workspace/said.txt") == "made in the browser\n", "it ran", 15
    )
    editor.close()

    page.get_by_role("button", name=re.compile("^Stop")).first.click()
    expect(page.locator(".chip").first).to_contain_text("stopped", ignore_case=True, timeout=LONG_MS)
    assert docker_engine.containers.get(f"spaces-{public_id}").status == "exited"
    page.get_by_role("button", name=re.compile("^Start")).first.click()
    expect(page.locator(".chip").first).to_contain_text("running", ignore_case=True, timeout=LONG_MS)
    with page.expect_popup() as opened:
        page.get_by_role("link", name=re.compile("^Open")).first.click()
    wait_for_workbench(opened.value)
    expect(opened.value.locator(".explorer-folders-view")).to_contain_text("hello.py", timeout=LONG_MS)
    assert in_container(docker_engine, public_id, "/workspace/said.txt") == "made in the browser\n"
