"""Copies of a project: how many, and which came of it."""

from __future__ import annotations

import re
from typing import Any, TypedDict

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from spaces_site.api.projects.wire.changing import password_field
from spaces_site.api.projects.wire.projects import STATUS
from spaces_site.api.projects.wire.rules import password_mistake
from workspaces.models import Workspace
from workspaces.services.cloning import MOST, Cloning
from workspaces.states import State

_NUMBER = re.compile(r"[0-9]{1,9}")
COUNT_WRONG = f"Count must be a whole number between 1 and {MOST}"


@extend_schema_field({"oneOf": [{"type": "integer", "minimum": 1, "maximum": MOST}, {"type": "string"}]})
class CountField(serializers.Field[int, Any, int, Any]):
    """5 or `"5"`."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        text = str(data).strip() if isinstance(data, (int, str)) and not isinstance(data, bool) else ""
        if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= MOST:
            raise serializers.ValidationError(COUNT_WRONG, code="CLONE_COUNT")
        return int(text)

    def to_representation(self, value: int) -> int:
        return value


class CloneIn(serializers.Serializer[Any]):
    """`password` is that of the copies; `sourcePassword` that of the project which is copied."""

    count = CountField(
        help_text=f"1 to {MOST}.",
        error_messages=dict.fromkeys(("required", "null"), COUNT_WRONG),
    )
    password = password_field("Of every copy: 8 to 50 characters; none when left out.")
    sourcePassword = password_field("Of a protected project, where it is not the caller's own.")  # noqa: N815
    currentPassword = password_field("The same.")  # noqa: N815

    def validate_password(self, password: str | None) -> str:
        if password and (mistake := password_mistake(password)):
            raise serializers.ValidationError(mistake, code="INVALID_PASSWORD")
        return password or ""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {
            "count": attrs["count"],
            "password": attrs["password"],
            "source_password": attrs["sourcePassword"] or attrs["currentPassword"] or "",
        }


class CloneOut(TypedDict):
    projectId: str
    projectName: str
    status: str


class CloningOut(TypedDict):
    """The copies in the order of their numbers."""

    success: bool
    message: str
    sourceProjectId: str
    sourceProjectName: str
    clones: list[CloneOut]
    totalCount: int


def cloning_out(source: Workspace, begun: Cloning) -> CloningOut:
    count, name = len(begun.clones), begun.snapshot.source_name
    return {
        "success": True,
        "message": f'Cloning {count} {"workspace" if count == 1 else "workspaces"} from "{name}"',
        "sourceProjectId": source.public_id,
        "sourceProjectName": name,
        "clones": [
            {"projectId": clone.public_id, "projectName": clone.name, "status": STATUS[State(clone.state)]}
            for clone in begun.clones
        ],
        "totalCount": count,
    }
