"""/api/v1/spaces. A caller that changes something waits some seconds for it, unless it says `Prefer: respond-async`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.api.auth import actor_of
from spaces_site.api.schema import errors
from spaces_site.api.settling import SettlingView
from spaces_site.api.spaces import examples, wire
from spaces_site.api.spaces.errors import ErrorOut, error_out
from spaces_site.errors import NotFound, SpacesError, Unavailable
from workspaces import services
from workspaces.models import Workspace
from workspaces.selectors import workspace_get_by_number, workspaces_for
from workspaces.states import State

PREFER = OpenApiParameter(
    "Prefer",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="`respond-async`: answer at once, and poll the status.",
)
CHANGING = errors(ErrorOut, 401, 404, 409, 503)
READING = errors(ErrorOut, 401, 404)


class SpacesView(SettlingView):
    """Errors as `{success, message, error}`."""

    section = "Spaces"

    def dress(self, error: SpacesError) -> dict[str, Any]:
        return dict(error_out(error))

    def settled(self, request: Request, workspace: Workspace) -> Workspace:
        """The workspace after the wait. Raises `Unavailable` when what was asked has failed."""
        self.settle(request, workspace)
        workspace = workspace_get_by_number(actor_of(request), workspace.pk)
        if workspace.state == State.ERROR:
            raise Unavailable(workspace.error, code=workspace.error_code or None)
        return workspace


class CreateView(SpacesView):
    @extend_schema(
        operation_id="spaces_create",
        parameters=[PREFER],
        request=wire.CreateIn,
        responses={201: wire.CreatedOut, **errors(ErrorOut, 400, 401, 403, 409, 503)},
        examples=examples.CREATE,
    )
    def post(self, request: Request) -> Response:
        """Make a workspace and start it."""
        body = wire.CreateIn(data=request.data)
        body.is_valid(raise_exception=True)
        workspace = services.workspace_create(actor_of(request), **body.validated_data)
        if self.settle(request, workspace):
            workspace = workspace_get_by_number(actor_of(request), workspace.pk)
        return Response(wire.created_out(workspace), status=201)


class StartView(SpacesView):
    @extend_schema(
        operation_id="spaces_start",
        parameters=[PREFER],
        request=None,
        responses={200: wire.DoneOut, **CHANGING, **errors(ErrorOut, 403)},
        examples=examples.START,
    )
    def post(self, request: Request, number: int) -> Response:
        """Start a workspace; one that runs already is fine."""
        workspace = workspace_get_by_number(actor_of(request), number)
        services.workspace_start(actor_of(request), workspace)
        return Response(wire.done_out(self.settled(request, workspace), "Container started successfully"))


class StopView(SpacesView):
    @extend_schema(
        operation_id="spaces_stop",
        parameters=[PREFER],
        request=None,
        responses={200: wire.DoneOut, **CHANGING},
        examples=examples.STOP,
    )
    def post(self, request: Request, number: int) -> Response:
        """Stop a workspace; one that is stopped already is fine."""
        workspace = workspace_get_by_number(actor_of(request), number)
        services.workspace_stop(actor_of(request), workspace)
        return Response(wire.done_out(self.settled(request, workspace), "Container stopped successfully"))


class StatusView(SpacesView):
    @extend_schema(operation_id="spaces_status", responses={200: wire.StatusOut, **READING}, examples=examples.STATUS)
    def get(self, request: Request, number: int) -> Response:
        """What a workspace is at."""
        return Response(wire.status_out(workspace_get_by_number(actor_of(request), number)))


class ListView(SpacesView):
    @extend_schema(
        operation_id="spaces_list",
        responses={200: wire.ListOut, **errors(ErrorOut, 401)},
        examples=examples.LIST,
    )
    def get(self, request: Request) -> Response:
        """The caller's workspaces, newest first."""
        spaces = [wire.item_out(workspace) for workspace in workspaces_for(actor_of(request))]
        return Response({"message": "Spaces retrieved successfully", "spaces": spaces})


class DeleteView(SpacesView):
    @extend_schema(
        operation_id="spaces_delete",
        parameters=[PREFER],
        request=None,
        responses={200: wire.DeletedOut, **CHANGING},
        examples=examples.DELETE,
    )
    def delete(self, request: Request, number: int) -> Response:
        """Delete a workspace with all its files."""
        workspace = workspace_get_by_number(actor_of(request), number)
        services.workspace_delete(actor_of(request), workspace)
        try:
            self.settled(request, workspace)
        except NotFound:  # as it should be
            pass
        return Response({"message": "Space deleted successfully", "spaceId": number})


class FavoriteView(SpacesView):
    @extend_schema(
        operation_id="spaces_favorite",
        request=wire.FavoriteIn,
        responses={200: wire.FavoriteOut, **READING, **errors(ErrorOut, 400)},
        examples=examples.FAVORITE,
    )
    def post(self, request: Request, number: int) -> Response:
        """Give or take a star."""
        body = wire.FavoriteIn(data=request.data)
        body.is_valid(raise_exception=True)
        workspace = workspace_get_by_number(actor_of(request), number)
        star = services.workspace_favorite(actor_of(request), workspace, body.validated_data["is_favorite"])
        return Response({"success": True, "is_favorite": star})
