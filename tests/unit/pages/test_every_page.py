"""What holds for all pages: structure, no inline code, forms with a token, errors with a face."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.test import Client, RequestFactory

from accounts.actors import Actor
from accounts.models import User
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated, Unavailable
from spaces_site.pages import ErrorMiddleware, broken
from tests.unit.pages.conftest import HTMX, Browser
from tests.unit.pages.page import Page
from workspaces.models import Workspace

STATIC = Path(site_settings.BASE_DIR) / "static"
VISITOR = ("/", "/sign-in/", "/inbox/", "/nothing/here")
PERSON = ("/workspaces/", "/workspaces/?q=zzz&sort=name", "/workspaces/new", "/account/", "/nothing/here")


def test_every_page_has_its_shape(browser: Browser, alice: User, put: Callable[..., Workspace]) -> None:
    workspace = put(alice, "One")
    visitor, person = browser(), browser(alice)
    pages = [visitor.get(path) for path in VISITOR] + [person.get(path) for path in PERSON]
    pages += [person.get(f"/workspaces/{workspace.public_id}/{rest}") for rest in ("", "delete", "clone")]
    visitor.post("/sign-in/", {"email": "new@example.org"})
    pages.append(visitor.get("/sign-in/code/"))
    for response in pages:
        assert Page(response).problems() == [], response.request["PATH_INFO"]
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


def test_a_form_without_a_token_is_refused_with_a_page(
    browser: Browser, alice: User, put: Callable[..., Workspace]
) -> None:
    workspace, client = put(alice, "One"), browser(alice, enforce_csrf_checks=True)
    paths = ["/account/profile/", "/account/tokens/", "/sign-out/", "/theme/", "/workspaces/new", "/sign-in/resend/"]
    paths += [
        f"/workspaces/{workspace.public_id}/{verb}"
        for verb in (
            "stop", "delete", "favorite", "rename", "password", "group", "notes", "share", "role", "unshare", "clone",
        )
    ]
    for path in paths:
        response = client.post(path, {"on": "1", "name": "x", "kind": "code-server"})
        assert response.status_code == 403, path
        assert Page(response).texts["h1"] == ["The page was too old"]
    workspace.refresh_from_db()
    assert (workspace.state, workspace.name) == ("running", "One")


def test_the_address_of_a_form_leads_back_to_its_page(
    browser: Browser, alice: User, put: Callable[..., Workspace]
) -> None:
    client, path = browser(alice), f"/workspaces/{put(alice, 'One').public_id}/"
    for form in ("password", "rename", "group", "share", "role", "stop"):
        assert client.get(path + form).headers["Location"] == path
    for form in ("/account/profile/", "/account/tokens/"):
        assert client.get(form).headers["Location"] == "/account/"
    assert client.get("/sign-in/resend/").headers["Location"] == "/sign-in/code/"


@pytest.mark.parametrize(
    ("error", "status"),
    [(Invalid("What happened"), 400), (Forbidden("What happened"), 403), (NotFound("What happened"), 404),
     (Conflict("What happened"), 409), (Unavailable("What happened", retry_after=7), 503),
     (TooMany("What happened", retry_after=7), 429)],
)  # fmt: skip
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_every_error_is_a_page_or_a_message(
    alice: User, error: Exception, status: int, headers: dict[str, str]
) -> None:
    request = RequestFactory().get("/workspaces/", headers=headers)
    request.actor = Actor(alice, "browser")
    response = ErrorMiddleware(lambda _: None).process_exception(request, error)
    assert response is not None
    assert response.status_code == status
    assert "What happened" in response.content.decode()
    assert response.headers.get("Retry-After") == ("7" if status in (429, 503) else None)
    assert ("<html" in response.content.decode()) == (not headers)
    assert headers or Page(response).problems() == []


def test_who_is_signed_out_meanwhile_comes_back_to_the_page_and_not_to_a_fragment(db: None) -> None:
    middleware = ErrorMiddleware(lambda _: None)
    around = {"HX-Current-URL": "http://testserver/workspaces/?q=a"}
    request = RequestFactory().get("/workspaces/x/card", headers=HTMX | around)
    response = middleware.process_exception(request, Unauthenticated("Sign in first."))
    assert response is not None
    assert response.headers["HX-Redirect"] == "/sign-in/?next=/workspaces/%3Fq%3Da"


def test_errors_of_the_api_and_of_others_are_left_alone(db: None) -> None:
    middleware = ErrorMiddleware(lambda _: None)
    assert middleware.process_exception(RequestFactory().get("/api/v1/spaces"), Invalid("x")) is None
    assert middleware.process_exception(RequestFactory().get("/workspaces/"), ValueError("x")) is None


def test_a_broken_page_needs_no_database() -> None:
    response = broken(RequestFactory().get("/"))
    assert response.status_code == 500
    assert Page(response).problems() == []


def test_a_bug_is_a_page_too(alice: User, engine: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*_: object) -> None:
        raise ZeroDivisionError

    client = Client(raise_request_exception=False)
    client.force_login(alice)
    monkeypatch.setattr("workspaces.views.listing.workspaces_at_hand", bug)
    response = client.get("/workspaces/")
    assert response.status_code == 500
    assert "ZeroDivisionError" not in response.content.decode()


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_ON = {
    "text": ["bg", "surface", "surface-2", "hover", "accent-soft", "ok-soft", "bad-soft", "warn-soft", "busy-soft"],
    "muted": ["bg", "surface", "surface-2", "hover", "idle-soft", "ok-soft", "accent-soft"],
    "accent": ["bg", "surface", "accent-soft"], "on-accent": ["accent", "accent-strong"], "on-bad": ["bad-solid"],
    "ok": ["ok-soft"], "busy": ["busy-soft"], "warn": ["warn-soft"], "bad": ["bad-soft", "surface", "bg"],
    "idle": ["idle-soft"],
}  # fmt: skip
EDGE_ON = {"edge": ["bg", "surface"], "focus": ["bg", "surface"], "star": ["surface"], "busy": ["busy-soft"]}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_keep_their_contrast(theme: int) -> None:
    tokens = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (STATIC / "css/tokens.css").read_text())
    colours = {name: pair[theme] for name, *pair in tokens}
    for pairs, least in ((TEXT_ON, 4.5), (EDGE_ON, 3.0)):
        for front, backs in pairs.items():
            for back in backs:
                assert contrast(colours[front], colours[back]) >= least, f"{front} on {back}"


def test_every_icon_that_a_template_names_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    templates = "".join(path.read_text() for path in Path(site_settings.BASE_DIR, "templates").rglob("*.html"))
    assert set(re.findall(r'{% icon "([\w-]+)"', templates)) <= drawn
    assert {"running", "paused", "stopped", "error", "busy", "start", "stop", "restart", "pause", "resume"} <= drawn
