"""Which projects a list is asked for: filters, order and page, all of which the database sees to."""

from __future__ import annotations

from typing import Any, TypedDict

from rest_framework import serializers

from spaces_site.api.projects.wire.projects import STATUS

MOST = 1000
SORTS = ("createdAt", "name", "lastActivity", "status", "group")
"""With a `-` in front the other way round."""


class ListIn(serializers.Serializer[Any]):
    """All are optional, and go together."""

    search = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=100, help_text="A part of the name, or the id."
    )
    group = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=100, help_text="`Uncategorized`: those in none."
    )
    status = serializers.ChoiceField(
        required=False, allow_blank=True, default="", choices=sorted(set(STATUS.values()))
    )
    sort = serializers.ChoiceField(
        required=False,
        default="-createdAt",
        choices=[sign + sort for sort in SORTS for sign in ("", "-")],
        help_text="Newest first by default.",
    )
    limit = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=MOST, help_text="All by default."
    )
    offset = serializers.IntegerField(required=False, default=0, min_value=0, max_value=10**9)
    all = serializers.BooleanField(required=False, default=False, help_text="Everybody's, for staff.")


class GroupProjectOut(TypedDict):
    id: str
    projectId: str
    name: str
    projectName: str


class GroupDetailsOut(TypedDict):
    name: str
    count: int
    projects: list[GroupProjectOut]


class GroupsOut(TypedDict):
    """`details` is for each of `groups`, in that order."""

    success: bool
    groups: list[str]
    details: list[GroupDetailsOut]


def group_out(name: str, projects: list[tuple[str, str]]) -> GroupDetailsOut:
    """`projects`: id and name of each."""
    return {
        "name": name,
        "count": len(projects),
        "projects": [
            {"id": public_id, "projectId": public_id, "name": title, "projectName": title}
            for public_id, title in projects
        ],
    }
