"""What is changed of a project without its container: name, group, notes, password. And what it takes on the disk."""

from __future__ import annotations

from types import MappingProxyType

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.api.auth import actor_of
from spaces_site.api.projects.errors import ErrorOut
from spaces_site.api.projects.examples import changing as examples
from spaces_site.api.projects.views.base import READING, WRITING, ProjectsView
from spaces_site.api.projects.wire import changing, platform
from spaces_site.api.schema import errors
from workspaces import services
from workspaces.services.details import workspace_notes_set
from workspaces.services.groups import UNCATEGORIZED, workspace_group_set
from workspaces.stats.disk import disk_usage_of


class DiskUsageView(ProjectsView):
    @extend_schema(
        operation_id="project_disk_usage",
        responses={200: platform.OneDiskUsageOut, **READING, **errors(ErrorOut, 429, 503)},
        examples=examples.DISK_USAGE,
    )
    def get(self, request: Request, project_id: str) -> Response:
        """What was written in a project, and the same with its image; at most half a minute old."""
        usage = disk_usage_of(actor_of(request), self.workspace(request, project_id))
        return Response({"success": True, "diskUsage": platform.disk_usage_out(usage)})


class NotesView(ProjectsView):
    @extend_schema(
        operation_id="project_notes", responses={200: changing.NotesOut, **READING}, examples=examples.NOTES
    )
    def get(self, request: Request, project_id: str) -> Response:
        """The notes of a project."""
        return Response({"success": True, "notes": self.workspace(request, project_id).notes})

    @extend_schema(
        operation_id="project_notes_set",
        request=changing.NotesIn,
        responses={200: changing.DoneOut, **WRITING},
        examples=examples.NOTES_SET,
    )
    def put(self, request: Request, project_id: str) -> Response:
        """Write the notes of a project, which all see who see it."""
        workspace = self.workspace(request, project_id)
        workspace_notes_set(actor_of(request), workspace, self.read(changing.NotesIn, request)["notes"])
        return Response({"success": True, "message": "Notes updated successfully"})


class NameView(ProjectsView):
    names = MappingProxyType({"name": "name"})

    @extend_schema(
        operation_id="project_rename",
        request=changing.NameIn,
        responses={200: changing.DoneOut, **WRITING},
        examples=examples.RENAME,
    )
    def put(self, request: Request, project_id: str) -> Response:
        """Give a project another name; its address stays."""
        workspace = self.workspace(request, project_id)
        services.workspace_rename(actor_of(request), workspace, self.read(changing.NameIn, request)["name"])
        return Response({"success": True, "message": "Project name updated successfully"})


class GroupView(ProjectsView):
    @extend_schema(
        operation_id="project_group_set",
        request=changing.GroupIn,
        responses={200: changing.DoneOut, **WRITING, **errors(ErrorOut, 409)},
        examples=examples.GROUP,
    )
    def put(self, request: Request, project_id: str) -> Response:
        """Put a project into a group, which is made when there is none of that name."""
        workspace = self.workspace(request, project_id)
        group = workspace_group_set(actor_of(request), workspace, self.read(changing.GroupIn, request)["group"] or "")
        name = group.name if group else UNCATEGORIZED
        return Response({"success": True, "message": "Project group updated successfully", "group": name})


class PasswordView(ProjectsView):
    names = MappingProxyType({"password": "newPassword"})

    @extend_schema(
        operation_id="project_password_set",
        request=changing.NewPasswordIn,
        responses={200: changing.ProtectedOut, **WRITING, **errors(ErrorOut, 429)},
        examples=examples.PASSWORD,
    )
    def put(self, request: Request, project_id: str) -> Response:
        """Set, change or remove the password; it is in force at once, and nothing is restarted for it."""
        workspace, wanted = self.workspace(request, project_id), self.read(changing.NewPasswordIn, request)
        services.workspace_password_set(
            actor_of(request), workspace, wanted["password"], current=wanted["current"]
        )
        return Response(
            {
                "success": True,
                "message": "Password updated successfully",
                "passwordProtected": bool(wanted["password"]),
            }
        )
