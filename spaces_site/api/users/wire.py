"""What the users API takes and answers. Checking fields is the services' business: their texts are the API."""

from __future__ import annotations

from typing import Any, TypedDict

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from accounts.models import User


def _text(description: str) -> serializers.CharField:
    return serializers.CharField(
        required=False, allow_blank=True, allow_null=True, default="", max_length=1000, help_text=description
    )


class TextsIn(serializers.Serializer[Any]):
    """A body of texts; null and a missing field are the empty text."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {name: value or "" for name, value in attrs.items()}


class SendIn(TextsIn):
    email = _text("Where the code goes.")
    mode = _text("`login` or `signup`; makes no difference, since the answer tells nothing about accounts.")


class LoginIn(TextsIn):
    """`code` and `verificationCode` are the same."""

    email = _text("The address the code was sent to.")
    code = _text("Six digits.")
    verificationCode = _text("Another name for `code`.")  # noqa: N815

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        texts = super().validate(attrs)
        other = texts.pop("verificationCode")
        return texts | {"code": texts["code"] or other}


class SignupIn(LoginIn):
    username = _text("3 to 30 letters, digits, hyphens or underscores.")


class SignoutIn(TextsIn):
    authorization = _text("The token to end, when it is not in the header.")


class UpdateIn(serializers.Serializer[Any]):
    username = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class UserOut(TypedDict):
    id: int
    email: str
    username: str
    is_admin: bool


def user_out(user: User) -> UserOut:
    return {"id": user.pk, "email": user.email, "username": user.username, "is_admin": user.runs_the_site}


def answer(message: str, data: dict[str, Any]) -> dict[str, Any]:
    """The shape of every success."""
    return {"success": True, "message": message, "data": data}


Fields = dict[str, Any]
EMAIL: Fields = {"email": serializers.EmailField()}
PROFILE: Fields = {
    "id": serializers.IntegerField(),
    **EMAIL,
    "username": serializers.CharField(),
    "is_admin": serializers.BooleanField(),
}
SIGNED_IN: Fields = {**PROFILE, "authorization": serializers.CharField(help_text="The new token, shown this once.")}


def _answer_of(name: str, data: Fields) -> serializers.Serializer[Any]:
    return inline_serializer(
        f"Users{name}",
        {
            "success": serializers.BooleanField(),
            "message": serializers.CharField(),
            "data": inline_serializer(f"Users{name}Data", dict(data)),  # which empties what it is given
        },
    )


SendOut = _answer_of("Send", EMAIL)
SignedInOut = _answer_of("SignedIn", SIGNED_IN)
ProfileOut = _answer_of("Profile", PROFILE)
SignoutOut = _answer_of("Signout", EMAIL)
ErrorOut = inline_serializer(
    "UsersError",
    {
        "success": serializers.BooleanField(default=False),
        "message": serializers.CharField(),
        "error": serializers.CharField(help_text="A stable code such as CODE_INVALID."),
    },
)
