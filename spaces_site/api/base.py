"""The one place that turns errors into HTTP. All a dialect says about errors is how the body looks."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from accounts.statuses import status_of
from spaces_site.errors import Forbidden, Invalid, NotFound, SpacesError, TooMany, Unauthenticated

logger = logging.getLogger(__name__)

CODE_OF_STATUS = {405: "METHOD_NOT_ALLOWED", 406: "NOT_ACCEPTABLE", 413: "TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE"}
CHALLENGE = 'Bearer realm="spaces"'


class BodyTooLarge(exceptions.APIException):
    status_code = 413
    default_detail = "The body is too large."


class DialectView(APIView):
    """Base of every API view. A dialect overrides `dress`, and `status` where its document wants others than usual.

    Texts are in `language`, the caller's when that is None.

    `section`: where the OpenAPI document lists it. `max_body_bytes`: a larger body is not even read.
    """

    language: ClassVar[str | None] = "en"
    section: ClassVar[str] = "Platform"
    max_body_bytes: ClassVar[int] = 1024 * 1024

    def dress(self, error: SpacesError) -> dict[str, Any]:
        """The body of an error in this dialect."""
        return {"error": error.message, "code": error.code}

    def status(self, error: SpacesError, usual: int) -> int:
        """The HTTP status of an error in this dialect."""
        return usual

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(self.language) if self.language else nullcontext():
            response = super().dispatch(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > self.max_body_bytes:
            raise BodyTooLarge
        super().initial(request, *args, **kwargs)

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> Any:
        raise Forbidden(message or "You may not do this.")

    def handle_exception(self, exc: Exception) -> Response:
        set_rollback()
        error, status = as_error(exc)
        if status >= 500 and not isinstance(exc, SpacesError):
            request_id = getattr(self.request, "request_id", "")
            logger.error("%s %s failed, request %s", self.request.method, self.request.path, request_id, exc_info=exc)
            error = SpacesError(f"Something went wrong here. The request was {request_id}.", code="INTERNAL_ERROR")
        status = self.status(error, status)
        response = Response(self.dress(error), status=status, headers=headers_of(error, status))
        response.exception = True
        return response


def as_error(exc: Exception) -> tuple[SpacesError, int]:
    """`exc` as an error of ours, with its usual HTTP status. What nobody expected becomes a 500."""
    error, status = exc, None
    if isinstance(exc, Http404):
        error = NotFound("Not found.")
    elif isinstance(exc, SuspiciousOperation):
        error = Invalid("The request is malformed.", code="MALFORMED_REQUEST")  # too many fields, for example
    elif isinstance(exc, PermissionDenied):
        error = Forbidden("You may not do this.")
    elif isinstance(exc, exceptions.APIException):
        error, status = _of_framework(exc), exc.status_code
    if not isinstance(error, SpacesError):
        return SpacesError(str(exc), code="INTERNAL_ERROR"), 500
    return error, status or status_of(error)


def headers_of(error: SpacesError, status: int) -> dict[str, str]:
    """What goes with an answer of that status: how to sign in, when to try again."""
    headers = {"WWW-Authenticate": CHALLENGE} if status == 401 else {}
    if error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    return headers


def _of_framework(exc: exceptions.APIException) -> SpacesError:
    """One of Django REST framework's errors as one of ours."""
    if isinstance(exc, exceptions.ValidationError):
        details = _details(exc.detail)
        return Invalid(next(iter(details.values()), "Invalid input."), details=details)
    message = str(exc.detail)
    if isinstance(exc, exceptions.ParseError):
        return Invalid("The body is not valid JSON.", code="MALFORMED_BODY")
    if isinstance(exc, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)):
        return Unauthenticated(message)
    if isinstance(exc, exceptions.PermissionDenied):
        return Forbidden(message, code="CSRF_FAILED" if message.startswith("CSRF") else None)
    if isinstance(exc, exceptions.NotFound):
        return NotFound(message)
    if isinstance(exc, exceptions.Throttled):
        return TooMany(message, retry_after=int(getattr(exc, "wait", None) or 1))
    return Invalid(message, code=CODE_OF_STATUS.get(exc.status_code))


def _details(detail: Any, field: str = "") -> dict[str, str]:
    """DRF's nested lists and dicts as one text per field; a nested field is named with dots."""
    if isinstance(detail, dict):
        nested = (_details(value, f"{field}.{key}" if field else str(key)) for key, value in detail.items())
        return {name: text for part in nested for name, text in part.items()}
    if isinstance(detail, list) and any(isinstance(item, (dict, list)) for item in detail):
        nested = (_details(item, f"{field}.{index}") for index, item in enumerate(detail))
        return {name: text for part in nested for name, text in part.items()}
    text = str(detail[0] if isinstance(detail, list) and detail else detail)
    return {field or "non_field_errors": text}
