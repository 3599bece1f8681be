"""Where a container's answers send the browser."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accounts.models import User
from tests.unit.workspaces.gateway.conftest import Key, SignIn, target_of
from workspaces.gateway.authorise import authorise
from workspaces.gateway.grant import Grant
from workspaces.gateway.locations import location_for_browser
from workspaces.gateway.sessions import session_open
from workspaces.models import Kind, Workspace

HOST = "abcdefghijkl.localhost:8000"


@pytest.fixture
def grant(workspace: Workspace, alice: User, cookie_of: Key) -> Grant:
    """To an app at 10.0.0.2:3001 that has HTTPS of its own."""
    given = authorise(target_of(workspace), (cookie_of(workspace, alice),), "", None)
    return replace(given, address="10.0.0.2", port=3001, scheme="https")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("https://10.0.0.2:3001/a?b=c#d", "/a?b=c#d"),
        ("http://10.0.0.2:3001/", "/"),
        ("//10.0.0.2:3001/a", "/a"),
        ("https://10.0.0.2:3001", "/"),
        ("https://10.0.0.2:3001//evil.example/", "/evil.example/"),
        ("https://10.0.0.2:3001/\\evil.example/", "/evil.example/"),
        ("https://abcdefghijkl.localhost:3001/a", "/a"),
        ("https://ABCDEFGHIJKL.localhost:8000/a", "/a"),
    ],
)
def test_the_apps_own_address_is_the_workspaces(said: str, expected: str, grant: Grant) -> None:
    assert location_for_browser(said.encode(), HOST, grant) == expected.encode()


@pytest.mark.parametrize(
    "said",
    [
        "/a", "a/b", "?x=1", "", "//", "https://[", "https://example.org/", "https://10.0.0.2/", "https://10.0.0.2:3000/",
        "https://example.org:3001/", "http://abcdefghijkl.localhost:8000/a", "mailto:a@example.org", "https://a:x/",
        "https://mnopqrstuvwx.localhost:8000/",
    ],
)  # fmt: skip
def test_all_else_stays_as_it_is(said: str, grant: Grant) -> None:
    assert location_for_browser(said.encode(), HOST, grant) == said.encode()
    assert location_for_browser(b"https://10.0.0.2:3001/\xff", HOST, grant) == b"https://10.0.0.2:3001/\xff"


def test_an_app_without_https_may_send_to_it(grant: Grant) -> None:
    """The site may have it although the app has not."""
    said = b"https://abcdefghijkl.localhost:8000/a"
    assert location_for_browser(said, HOST, replace(grant, scheme="http")) == said


def test_only_the_port_that_the_kind_names_is_asked_by_https(
    workspace: Workspace, alice: User, sign_in: SignIn
) -> None:
    session_key = sign_in(alice)

    def scheme(port: int | None) -> str:
        target = target_of(workspace, port)
        key = session_open(workspace, target.host_label, user=alice, session_key=session_key)
        return authorise(target, (key,), "", None).scheme

    assert scheme(None) == "http"
    Kind.objects.filter(pk=workspace.kind_id).update(scheme="https", port=3001)
    assert [scheme(port) for port in (3001, 3000, 8080)] == ["https", "http", "http"]
