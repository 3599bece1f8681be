"""Names for ports."""

from __future__ import annotations

from typing import Any, TypedDict

from rest_framework import serializers

from spaces_site.api.spaces.wire import time_out
from workspaces.models import Alias
from workspaces.services.aliases import alias_url


class AliasIn(serializers.Serializer[Any]):
    """A new alias. With `authProtected`, or with a password, it asks for name and password."""

    subdomain = serializers.CharField(
        help_text="3 to 32 letters, digits and `-`, which are taken in lower case.",
        error_messages=dict.fromkeys(("required", "blank", "null"), "subdomain is required"),
    )
    port = serializers.IntegerField(
        min_value=1,
        max_value=65535,
        help_text="1 to 65535.",
        error_messages=dict.fromkeys(
            ("required", "null", "invalid", "min_value", "max_value"), "port must be an integer between 1 and 65535"
        ),
    )
    authProtected = serializers.BooleanField(required=False, allow_null=True, default=None)  # noqa: N815
    authUsername = serializers.CharField(required=False, allow_blank=True, allow_null=True, default="")  # noqa: N815
    authPassword = serializers.CharField(  # noqa: N815
        required=False, allow_blank=True, allow_null=True, default="", trim_whitespace=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        username, password = attrs["authUsername"] or "", attrs["authPassword"] or ""
        if attrs["authProtected"] is False:
            username = password = ""
        elif attrs["authProtected"] or username or password:
            missing = {"authUsername": username, "authPassword": password}
            if wrong := {field: f"{field} is required" for field, value in missing.items() if not value}:
                raise serializers.ValidationError(wrong)
        return {
            "subdomain": attrs["subdomain"].lower(),
            "port": attrs["port"],
            "auth_username": username,
            "auth_password": password,
        }


class AliasChangesIn(serializers.Serializer[Any]):
    """What is not given stays as it is; `authProtected: false` takes name and password away."""

    port = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=65535,
        error_messages=dict.fromkeys(
            ("null", "invalid", "min_value", "max_value"), "port must be an integer between 1 and 65535"
        ),
    )
    authProtected = serializers.BooleanField(required=False, allow_null=True)  # noqa: N815
    authUsername = serializers.CharField(required=False, allow_blank=True, allow_null=True)  # noqa: N815
    authPassword = serializers.CharField(  # noqa: N815
        required=False, allow_blank=True, allow_null=True, trim_whitespace=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {
            "port": attrs.get("port"),
            "protected": attrs.get("authProtected"),
            "auth_username": attrs.get("authUsername"),
            "auth_password": attrs.get("authPassword"),
        }


class AliasOut(TypedDict):
    subdomain: str
    port: int
    authProtected: bool
    authUsername: str | None
    createdAt: str
    updatedAt: str
    url: str


class AliasesOut(TypedDict):
    success: bool
    aliases: list[AliasOut]


class OneAliasOut(TypedDict):
    success: bool
    alias: AliasOut


def alias_out(alias: Alias) -> AliasOut:
    return {
        "subdomain": alias.subdomain,
        "port": alias.port,
        "authProtected": alias.has_password,
        "authUsername": alias.auth_username or None,
        "createdAt": time_out(alias.created_at),
        "updatedAt": time_out(alias.updated_at),
        "url": alias_url(alias),
    }
