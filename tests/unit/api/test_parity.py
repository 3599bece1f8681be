"""Every kind of error looks as documented in every dialect, with the right status."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site import errors
from spaces_site.api.base import DialectView
from spaces_site.api.containers.views import ContainersView
from spaces_site.api.projects.views.base import ProjectsView
from spaces_site.api.sandboxes.views.base import SandboxView
from spaces_site.api.spaces.views import SpacesView
from spaces_site.api.users.views import UsersView
from spaces_site.api.workshop.views import WorkshopView

DIALECTS: dict[type[DialectView], set[str]] = {
    DialectView: {"error", "code"},
    UsersView: {"success", "message", "error"},
    SpacesView: {"success", "message", "error"},
    ContainersView: {"success", "message", "error"},
    SandboxView: {"error", "code"},
    WorkshopView: {"error", "code"},
    ProjectsView: {"success", "error", "code", "details", "message"},
}
UNAUTHORIZED = {"error": "Unauthorized"}
"""All that a sandbox and a workshop say to whom it does not know, whatever the reason."""
TEXT = "what {happened} is 100 % said"
ERRORS: dict[type[errors.SpacesError], int] = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Unavailable: 503,
    errors.TooMany: 429,
}


def answer_to(dialect: type[DialectView], problem: Exception) -> Response:
    """What a view of the dialect answers when its service raises `problem`."""

    class View(dialect):  # type: ignore[misc, valid-type]
        authentication_classes = ()
        permission_classes = ()

        def get(self, request: Request) -> Response:
            raise problem

    response = View.as_view()(RequestFactory().get("/"))
    assert isinstance(response, Response)
    response.render()
    return response


def every_view(patterns: list[Any] | None = None) -> set[type[DialectView]]:
    """All views of ours that are served."""
    found: set[type[DialectView]] = set()
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            found |= every_view(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "view_class", None)
            if isinstance(view, type) and issubclass(view, DialectView):
                found.add(view)
    return found


def test_every_class_of_errors_is_tried_here() -> None:
    defined = {cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.SpacesError)}
    assert defined == set(ERRORS) | {errors.SpacesError}


def test_every_way_of_dressing_is_tried_here() -> None:
    assert {view.dress for view in every_view()} == {dialect.dress for dialect in DIALECTS}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("error", "status"), ERRORS.items())
def test_each_error_in_each_dialect(error: type[errors.SpacesError], status: int, dialect: type[DialectView]) -> None:
    more: dict[str, Any] = {"retry_after": 7} if error is errors.TooMany else {}
    response = answer_to(dialect, error(TEXT, **more))
    assert response.status_code == status
    if dialect in (SandboxView, WorkshopView) and status == 401:
        assert response.data == UNAUTHORIZED
    else:
        assert set(response.data) == DIALECTS[dialect]
        assert TEXT in response.data.values() and error.default_code in response.data.values()
    assert response.data.get("success", False) is False
    assert response.headers.get("Retry-After") == ("7" if error is errors.TooMany else None)
    assert ("WWW-Authenticate" in response.headers) == (status == 401)
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_code_of_its_own_is_kept_and_waiting_is_said(dialect: type[DialectView]) -> None:
    response = answer_to(dialect, errors.Unavailable("away", code="ENGINE_AWAY", retry_after=30))
    assert "ENGINE_AWAY" in response.data.values()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (Http404("the path to a file"), 404, "NOT_FOUND"),
        (PermissionDenied("inside"), 403, "FORBIDDEN"),
        (exceptions.ValidationError({"name": ["Too long."]}), 400, "VALIDATION_ERROR"),
        (exceptions.ValidationError([{"name": ["Too long."]}, {}]), 400, "VALIDATION_ERROR"),
        (exceptions.ParseError("Expecting value"), 400, "MALFORMED_BODY"),
        (exceptions.NotAuthenticated(), 401, "UNAUTHENTICATED"),
        (exceptions.AuthenticationFailed(), 401, "UNAUTHENTICATED"),
        (exceptions.PermissionDenied("CSRF Failed: missing"), 403, "CSRF_FAILED"),
        (exceptions.MethodNotAllowed("TRACE"), 405, "METHOD_NOT_ALLOWED"),
        (exceptions.NotAcceptable(), 406, "NOT_ACCEPTABLE"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (exceptions.Throttled(wait=12), 429, "RATE_LIMITED"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_the_framework_s_errors_look_like_ours(
    problem: Exception, status: int, code: str, dialect: type[DialectView]
) -> None:
    response = answer_to(dialect, problem)
    assert response.status_code == status
    if dialect in (SandboxView, WorkshopView) and status == 401:
        assert response.data == UNAUTHORIZED
    else:
        assert set(response.data) == DIALECTS[dialect] and code in response.data.values()
    assert ("Retry-After" in response.headers) == (status == 429)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_nobody_expected_is_a_500_that_tells_nothing(dialect: type[DialectView]) -> None:
    response = answer_to(dialect, RuntimeError("SELECT secret FROM somewhere"))
    assert response.status_code == 500
    assert set(response.data) == DIALECTS[dialect] and "INTERNAL_ERROR" in response.data.values()
    assert "secret" not in str(response.data)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.Conflict("taken", code="NAME_TAKEN", details={"name": "x"}), "Space already exists"),
        (errors.NotFound("nothing", code="WORKSPACE_NOT_FOUND"), "Space not found"),
        (errors.Invalid("It cannot be.", details={"memory_mb": "Too much."}), "It cannot be. Too much."),
        (errors.Invalid("Too long.", details={"name": "Too long."}), "Too long."),
        (errors.Invalid("No.", code="TEMPLATE_INVALID", details={"line 3": "Too much."}), "No. line 3: Too much."),
        (errors.Conflict("It is stopped.", details={"state": "stopped"}), "It is stopped."),
        (errors.Invalid("fatal: nothing there", code="CLONE_FAILED"), "Repo clone failed: fatal: nothing there"),
        (errors.Invalid("Repo clone failed: no", code="CLONE_FAILED"), "Repo clone failed: no"),
    ],
)
def test_a_sandbox_says_all_in_one_text(error: errors.SpacesError, text: str) -> None:
    assert answer_to(SandboxView, error).data == {"error": text, "code": error.code}


@pytest.mark.parametrize(
    ("error", "status", "code", "text"),
    [
        (errors.Conflict(TEXT, code="NAME_TAKEN"), 400, "PROJECT_EXISTS", "Project name already exists"),
        (errors.NotFound(TEXT, code="WORKSPACE_NOT_FOUND"), 404, "PROJECT_NOT_FOUND", "Project not found"),
        (errors.Forbidden(TEXT, code="WORKSPACE_LIMIT"), 409, "WORKSPACE_LIMIT_EXCEEDED",
         "Maximum workspaces per user reached"),
        (errors.Forbidden(TEXT, code="RUNNING_LIMIT"), 409, "CONCURRENT_LIMIT_REACHED",
         "Maximum concurrent workspaces reached"),
        (errors.Forbidden(TEXT, code="WORKSPACE_PASSWORD"), 401, "INVALID_WORKSPACE_PASSWORD",
         "Invalid password for password-protected workspace"),
        (errors.Unavailable(TEXT, code="CONTAINER_CREATE_FAILED"), 500, "CONTAINER_CREATE_FAILED",
         "Failed to create Docker container"),
        (errors.Unavailable(TEXT), 503, "SERVICE_UNAVAILABLE", TEXT),
    ],
)  # fmt: skip
def test_a_project_s_error_has_the_status_code_and_text_of_its_document(
    error: errors.SpacesError, status: int, code: str, text: str
) -> None:
    response = answer_to(ProjectsView, error)
    assert response.status_code == status
    assert response.data == {"success": False, "error": text, "code": code, "details": {}, "message": TEXT}
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_a_project_s_mistakes_are_told_by_field_in_the_api_s_words() -> None:
    details = {"memory_mb": "Too much.", "cpus": "Too many", "offered": ["a"], "own": "Wrong"}
    assert answer_to(ProjectsView, errors.Invalid(TEXT, details=details)).data == {
        "success": False,
        "error": "Validation failed",
        "code": "VALIDATION_ERROR",
        "details": {"memoryLimit": "Too much.", "cpuCores": "Too many", "own": "Wrong"},
        "message": "Too much. Too many. Wrong.",
    }
    assert answer_to(ProjectsView, errors.Conflict(TEXT, code="FULL", details={"limit": 3})).data["details"] == {
        "limit": 3
    }
