"""/api/v1/users: sign-up, sign-in and sign-out for programs. Answers are in English whatever the caller speaks."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language_from_request
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.models import User
from spaces_site.api.auth import COOKIE, actor_of, user_of
from spaces_site.api.base import DialectView
from spaces_site.api.schema import errors
from spaces_site.api.users import examples, wire
from spaces_site.errors import SpacesError

TOKEN_NAME = "API sign-in"  # noqa: S105


class UsersView(DialectView):
    """Errors as `{success, message, error}`, where `error` is the stable code."""

    section = "Users"

    def dress(self, error: SpacesError) -> dict[str, Any]:
        return {"success": False, "message": error.message, "error": error.code}


class PublicView(UsersView):
    """Looks at no credential: whoever signs in again may well send one that is over."""

    authentication_classes = ()
    permission_classes = ()


class SendView(PublicView):
    @extend_schema(
        operation_id="users_send",
        request=wire.SendIn,
        responses={200: wire.SendOut, **errors(wire.ErrorOut, 400, 429, 503)},
        examples=examples.SEND,
    )
    def post(self, request: Request) -> Response:
        """Send a six-digit code to an address; the answer is the same whether it has an account or not."""
        email = _read(wire.SendIn, request)["email"]
        services.code_send(actor_of(request), email, language=get_language_from_request(request._request))
        return Response(wire.answer("Verification code sent successfully", {"email": email.strip().lower()}))


class SignupView(PublicView):
    @extend_schema(
        operation_id="users_signup",
        request=wire.SignupIn,
        responses={201: wire.SignedInOut, **errors(wire.ErrorOut, 400, 409, 429)},
        examples=examples.SIGNUP,
    )
    def post(self, request: Request) -> Response:
        """Make an account with the code that was sent, and an API token."""
        user = services.user_signup(actor_of(request), **_read(wire.SignupIn, request))
        return Response(wire.answer("User created successfully", _signed_in(request, user)), status=201)


class LoginView(PublicView):
    @extend_schema(
        operation_id="users_login",
        request=wire.LoginIn,
        responses={200: wire.SignedInOut, **errors(wire.ErrorOut, 400, 403, 404, 429)},
        examples=examples.LOGIN,
    )
    def post(self, request: Request) -> Response:
        """Get an API token with the code that was sent."""
        user = services.user_login(actor_of(request), **_read(wire.LoginIn, request))
        return Response(wire.answer("Login successful", _signed_in(request, user)))


class SignoutView(UsersView):
    for_guests = True

    @extend_schema(
        operation_id="users_signout",
        request=wire.SignoutIn,
        responses={200: wire.SignoutOut, **errors(wire.ErrorOut, 401)},
        examples=examples.SIGNOUT,
    )
    def post(self, request: Request) -> Response:
        """End the token that was presented, or the browser's session when there was none."""
        user = user_of(request)
        if request.auth is not None:
            services.token_revoke(actor_of(request), request.auth.pk)
        else:
            services.session_close(request._request)
        response = Response(wire.answer("Sign out successful", {"email": user.email}))
        response.delete_cookie(COOKIE)
        return response


class MeView(UsersView):
    for_guests = True

    @extend_schema(
        operation_id="users_me",
        responses={200: wire.ProfileOut, **errors(wire.ErrorOut, 401)},
        examples=examples.ME,
    )
    def get(self, request: Request) -> Response:
        """Whose token this is."""
        return Response(wire.answer("User retrieved successfully", {**wire.user_out(user_of(request))}))


class UpdateView(UsersView):
    @extend_schema(
        operation_id="users_update",
        request=wire.UpdateIn,
        responses={200: wire.ProfileOut, **errors(wire.ErrorOut, 400, 401, 409)},
        examples=examples.UPDATE,
    )
    def put(self, request: Request) -> Response:
        """Change the username."""
        user = services.user_update(actor_of(request), **_read(wire.UpdateIn, request))
        return Response(wire.answer("Profile updated successfully", {**wire.user_out(user)}))


def _read(serializer: Any, request: Request) -> dict[str, Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _signed_in(request: Request, user: User) -> dict[str, Any]:
    """The account with a new token."""
    _token, raw = services.token_sign_in(actor_of(request), user, name=TOKEN_NAME)
    return {**wire.user_out(user), "authorization": raw}
