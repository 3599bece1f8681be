"""What is changed of a project: its name, group, notes and password; and the password that is asked for."""

from __future__ import annotations

from typing import Any, ClassVar, NotRequired, TypedDict

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from spaces_site.api.projects.wire.rules import password_mistake


def password_field(help_text: str) -> serializers.CharField:
    return serializers.CharField(
        required=False, allow_blank=True, allow_null=True, default="", trim_whitespace=False, help_text=help_text
    )


class PasswordAskedIn(serializers.Serializer[Any]):
    """The password of a protected project; its owner is never asked."""

    password = password_field("Of a protected project, where it is not the caller's own.")
    currentPassword = password_field("The same.")  # noqa: N815

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"password": attrs["password"] or attrs["currentPassword"] or ""}


class NotesIn(serializers.Serializer[Any]):
    notes = serializers.CharField(
        allow_blank=True,
        trim_whitespace=False,
        help_text="At most 10 KB.",
        error_messages=dict.fromkeys(("required", "null", "invalid"), "Notes are a text"),
    )


class NameIn(serializers.Serializer[Any]):
    """`projectName` is taken as well."""

    also: ClassVar[dict[str, str]] = {"name": "projectName"}

    name = serializers.CharField(
        max_length=100,
        help_text="1 to 100 characters.",
        error_messages=dict.fromkeys(
            ("required", "null", "blank", "invalid", "max_length"), "Project name must be 1-100 characters"
        ),
    )


class GroupIn(serializers.Serializer[Any]):
    group = serializers.CharField(
        allow_blank=True,
        allow_null=True,
        help_text="Made when there is none of that name; nothing takes the project out of its group.",
        error_messages=dict.fromkeys(("required", "invalid"), "Group is a text"),
    )


class NewPasswordIn(serializers.Serializer[Any]):
    """A new password, or none any more."""

    currentPassword = password_field("Of a protected project, where it is not the caller's own.")  # noqa: N815
    newPassword = password_field("8 to 50 characters.")  # noqa: N815
    removePassword = serializers.BooleanField(required=False, allow_null=True, default=None)  # noqa: N815

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        password, removes = attrs["newPassword"] or "", bool(attrs["removePassword"])
        if removes and password:
            raise serializers.ValidationError({"removePassword": "Give a new password or remove it, not both"})
        if not removes and (mistake := password_mistake(password)):
            raise serializers.ValidationError({"newPassword": [ErrorDetail(mistake, "INVALID_PASSWORD")]})
        return {"password": password, "current": attrs["currentPassword"] or ""}


class DoneOut(TypedDict):
    success: bool
    message: str
    group: NotRequired[str]


class NotesOut(TypedDict):
    success: bool
    notes: str


class ProtectedOut(TypedDict):
    success: bool
    message: str
    passwordProtected: bool
