"""/api/projects: make, list, start, stop and delete. Who changes something waits some seconds for it, unless it says
`Prefer: respond-async`."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.api.auth import actor_of
from spaces_site.api.projects.errors import ErrorOut
from spaces_site.api.projects.examples import projects as examples
from spaces_site.api.projects.listing import project_get, projects_by_group, projects_list
from spaces_site.api.projects.views.base import CHANGING, PREFER, READING, ProjectsView, checked
from spaces_site.api.projects.wire import listing, projects
from spaces_site.api.projects.wire.changing import PasswordAskedIn
from spaces_site.api.projects.wire.containers import container_out
from spaces_site.api.projects.wire.creating import ProjectIn
from spaces_site.api.schema import errors
from spaces_site.errors import NotFound, Unavailable
from workspaces import services

CREATE_FAILED = "CONTAINER_CREATE_FAILED"


class CreateView(ProjectsView):
    @extend_schema(
        operation_id="projects_create",
        parameters=[PREFER],
        request=ProjectIn,
        responses={201: projects.CreatedOut, **errors(ErrorOut, 400, 401, 403, 409, 500, 503)},
        examples=examples.CREATE,
    )
    def post(self, request: Request) -> Response:
        """Make a project and start it; one that is not up after some seconds is `creating`, to be asked for again."""
        actor, wanted = actor_of(request), self.read(ProjectIn, request)
        workspace = services.workspace_create(actor, **wanted)
        self.settle(request, workspace)
        project = project_get(actor, workspace.public_id)
        if project["status"] == "error":
            raise Unavailable(project["error"], code=CREATE_FAILED, details={"projectId": project["id"]})
        answer: projects.CreatedOut = {"success": True, "project": project}
        if wanted["password"]:
            answer["password"] = wanted["password"]
        return Response(answer, status=201)


class ListView(ProjectsView):
    @extend_schema(
        operation_id="projects_list",
        parameters=[listing.ListIn],
        responses={200: projects.ListOut, **errors(ErrorOut, 400, 401, 403)},
        examples=examples.LIST,
    )
    def get(self, request: Request) -> Response:
        """The caller's projects and those shared with them, newest first."""
        asked = checked(listing.ListIn(data=request.query_params)) if request.query_params else {}
        found, count = projects_list(actor_of(request), asked)
        return Response({"success": True, "projects": found, "count": count})


class GroupsView(ProjectsView):
    @extend_schema(
        operation_id="projects_groups",
        responses={200: listing.GroupsOut, **errors(ErrorOut, 401)},
        examples=examples.GROUPS,
    )
    def get(self, request: Request) -> Response:
        """The groups that the caller's projects are in, and the projects in each."""
        groups = projects_by_group(actor_of(request))
        details = [listing.group_out(name, found) for name, found in groups.items()]
        return Response({"success": True, "groups": list(groups), "details": details})


class ProjectView(ProjectsView):
    @extend_schema(operation_id="project_get", responses={200: projects.OneOut, **READING}, examples=examples.GET)
    def get(self, request: Request, project_id: str) -> Response:
        """One project, and how its container is."""
        workspace = self.workspace(request, project_id)
        project = project_get(actor_of(request), workspace.public_id)
        project["container"] = container_out(workspace)
        return Response({"success": True, "project": project})

    @extend_schema(
        operation_id="project_delete",
        parameters=[PREFER],
        request=PasswordAskedIn,
        responses={200: projects.DeletedOut, **CHANGING},
        examples=examples.DELETE,
    )
    def delete(self, request: Request, project_id: str) -> Response:
        """Delete a project with all its files."""
        actor, workspace = actor_of(request), self.workspace(request, project_id)
        services.workspace_delete(actor, workspace, **self.read(PasswordAskedIn, request))
        message = "Project is being deleted"
        try:
            self.settled(request, workspace)
        except NotFound:  # as it should be
            message = "Project deleted successfully"
        return Response({"success": True, "message": message, "projectId": workspace.public_id})


class StartView(ProjectsView):
    @extend_schema(
        operation_id="project_start",
        parameters=[PREFER],
        request=PasswordAskedIn,
        responses={200: projects.StartedOut, **CHANGING},
        examples=examples.START,
    )
    def post(self, request: Request, project_id: str) -> Response:
        """Start a project; one that runs already is fine."""
        actor, workspace = actor_of(request), self.workspace(request, project_id)
        services.workspace_start(actor, workspace, **self.read(PasswordAskedIn, request))
        self.settled(request, workspace)
        project = project_get(actor, workspace.public_id)
        message = "Workspace started successfully" if project["status"] == "running" else "Workspace is starting"
        return Response({"success": True, "message": message, "project": projects.brief_out(project)})


class StopView(ProjectsView):
    @extend_schema(
        operation_id="project_stop",
        parameters=[PREFER],
        request=PasswordAskedIn,
        responses={200: projects.StoppedOut, **CHANGING},
        examples=examples.STOP,
    )
    def post(self, request: Request, project_id: str) -> Response:
        """Stop a project; its files and what was installed stay."""
        actor, workspace = actor_of(request), self.workspace(request, project_id)
        services.workspace_stop(actor, workspace, **self.read(PasswordAskedIn, request))
        self.settled(request, workspace)
        project = project_get(actor, workspace.public_id)
        message = "Workspace stopped successfully" if project["status"] == "stopped" else "Workspace is stopping"
        answer = {"success": True, "message": message, "projectId": project["id"]}
        return Response({**answer, "project": projects.brief_out(project)})
