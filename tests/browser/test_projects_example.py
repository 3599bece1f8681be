"""The JavaScript example of the projects API's document in a page of the site, with nothing added but a credential."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page

from tests.harness import Platform
from tests.projects_examples import JAVASCRIPT

pytestmark = pytest.mark.browser
EMAIL = "javascript@example.org"
WITH_CREDENTIAL = """
const fetch = (address, options = {}) =>
  window.fetch(address, {...options, headers: {...options.headers, Authorization: "Bearer " + TOKEN}});
"""


def test_the_javascript_example_runs_as_it_stands(page: Page, platform: Platform) -> None:
    token = platform.token(EMAIL)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(platform.url)

    def run(expression: str) -> object:
        code = f"const TOKEN = {json.dumps(token)};{WITH_CREDENTIAL}{JAVASCRIPT}; return await {expression};"
        return page.evaluate(f"async () => {{ {code} }}")

    try:
        run("createWorkspace('from-a-page', 'empty')")
        listed = run("listProjects()")
        assert isinstance(listed, list) and len(listed) == 1
        assert (listed[0]["name"], listed[0]["type"], listed[0]["status"]) == ("from-a-page", "empty", "running")
        assert said == [f"Workspace created: {listed[0]['workspaceUrl']}"]
        stopped = run(f"stopWorkspace({json.dumps(listed[0]['id'])}, 'any password')")
        assert isinstance(stopped, dict) and stopped["success"] is True
        assert stopped["message"] == "Workspace stopped successfully"
        assert run("createWorkspace('from-a-page', 'empty')") is None
        assert "Error: Project name already exists" in said
    finally:
        for project in platform.get("/api/projects/", token=token).json()["projects"]:
            platform.delete(f"/api/projects/{project['id']}", token=token)
