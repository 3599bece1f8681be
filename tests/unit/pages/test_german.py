"""The pages in German hold nothing in English. Each is asked for in both languages; what they share is data."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from accounts.actors import Actor
from accounts.models import User
from spaces_site.errors import TooMany
from spaces_site.pages import ErrorMiddleware, broken
from tests.languages import left_in_english
from tests.unit.pages.conftest import Browser
from workspaces import reasons
from workspaces.models import ImageBuild, KeptFiles, Kind, Operation, Share, Workspace
from workspaces.states import OperationState, State, Step, Verb

DATA = r"Spaces.*|VS Code|KiCad|Blender|Terminal|An editor|alice.*|One|English|Deutsch|new@.*|laptop|[\d.]+ [GM]B|in|s"
DATA += r"|https://|\.env|default|gpu|lan|offline|Esc|Tab|origin"
ENGLISH, GERMAN = {"Accept-Language": "en"}, {"Accept-Language": "de"}


def shared(client: Client, path: str, data: dict[str, str] | None = None) -> list[str]:
    """What the page says alike in both languages, besides names."""
    pages = []
    for language in (ENGLISH, GERMAN):
        answer = client.post(path, data, headers=language) if data is not None else client.get(path, headers=language)
        pages.append(answer.content.decode())
    assert '<html lang="de"' in pages[1], path
    return left_in_english(*pages, data=DATA)


def test_pages_for_visitors(browser: Browser, db: None) -> None:
    client = browser()
    assert [shared(client, path) for path in ("/", "/sign-in/", "/nothing/here", "/sign-in/link/x")] == [[]] * 4
    assert shared(client, "/sign-in/", {"email": "no address"}) == []
    client.post("/sign-in/", {"email": "new@example.org"})
    assert shared(client, "/sign-in/code/") == []
    assert shared(client, "/sign-in/code/", {"code": "12"}) == []
    assert shared(client, "/inbox/") == []


def test_pages_of_lists_and_the_account(browser: Browser, alice: User, put: Callable[..., Workspace]) -> None:
    client = browser(alice)
    assert shared(client, "/workspaces/") == []
    for state in State.values:
        put(alice, "One" if state == State.RUNNING else f"Other {state}", state)
    assert [part for part in shared(client, "/workspaces/") if not part.startswith("Other ")] == []
    assert shared(client, "/workspaces/?q=zzz&sort=name") == []
    assert shared(client, "/account/") == []
    assert shared(client, "/account/tokens/", {"name": "", "days": "30"}) == []
    assert shared(client, "/account/tokens/", {"name": "laptop", "days": ""}) == []
    assert shared(client, "/account/profile/", {"username": "?"}) == []


@pytest.mark.parametrize("build", [None, *ImageBuild.State.values])
def test_the_form_for_a_new_workspace(browser: Browser, alice: User, code_server: Kind, build: str | None) -> None:
    if build:
        ImageBuild.objects.update_or_create(ref=code_server.image, defaults={"state": build, "percent": 7})
    client = browser(alice)
    assert shared(client, "/workspaces/new") == []
    assert shared(client, "/workspaces/new", {"kind": "none", "password": "short", "memory_mb": "1"}) == []


@pytest.mark.parametrize("state", State.values)
def test_the_page_of_a_workspace(browser: Browser, alice: User, put: Callable[..., Workspace], state: str) -> None:
    workspace, client = put(alice, "One", state, error=reasons.LOST), browser(alice)
    for number, verb in enumerate(Verb.values):
        step = list(Step)[number % len(Step)]
        for done in (OperationState.DONE, OperationState.FAILED, OperationState.SUPERSEDED):
            Operation.objects.create(workspace=workspace, verb=verb, state=done, step=step, error=reasons.BUG)
    Operation.objects.create(workspace=workspace, verb=Verb.START, step=Step.IMAGE, detail=reasons.AGAIN)
    path = f"/workspaces/{workspace.public_id}/"
    assert shared(client, path) == []
    assert shared(client, f"{path}delete") == []
    assert shared(client, f"{path}push") == []
    assert shared(client, f"{path}share", {"who": "nobody"}) == []
    assert shared(client, f"{path}rename", {"name": ""}) == []
    assert shared(client, f"{path}password", {"do": "set", "password": "short"}) == []


def test_what_is_shared_and_what_was_kept(
    browser: Browser, alice: User, bob: User, put: Callable[..., Workspace]
) -> None:
    workspace = put(bob, "One", State.RUNNING)
    Share.objects.create(workspace=workspace, user=alice)
    KeptFiles.objects.create(owner=alice, name="One", public_id="a23456789012")
    client = browser(alice)
    for path in ("/workspaces/", f"/workspaces/{workspace.public_id}/", "/workspaces/kept/a23456789012/delete"):
        assert [part for part in shared(client, path) if part not in ("bob", "of bob")] == []


def test_errors(alice: User) -> None:
    pages = []
    for language in ("en", "de"):
        request = RequestFactory().get("/workspaces/")
        request.actor = Actor(alice, "browser")
        with translation.override(language):
            refused = ErrorMiddleware(lambda _: None).process_exception(request, TooMany("One", retry_after=7))
            assert refused is not None
            pages.append((refused.content.decode(), broken(request).content.decode()))
    assert [left_in_english(*versions, data=DATA) for versions in zip(*pages, strict=True)] == [[], []]


def test_a_form_without_a_token(browser: Browser, alice: User) -> None:
    assert shared(browser(alice, enforce_csrf_checks=True), "/sign-out/", {}) == []
