"""/api/spaces: make, list, pause, resume and destroy. Who changes something waits for it, within reason."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.api.auth import actor_of
from spaces_site.api.parsers import FormParser, LargeJSONParser
from spaces_site.api.sandboxes import examples
from spaces_site.api.sandboxes.errors import ErrorOut
from spaces_site.api.sandboxes.views.base import CHANGING, READING, SandboxView, read
from spaces_site.api.sandboxes.wire import creating, spaces
from spaces_site.api.schema import errors
from spaces_site.errors import Invalid, NotFound
from workspaces import services
from workspaces.nodes import nodes_spaces
from workspaces.selectors import workspace_get_by_name, workspaces_at_hand, workspaces_visible
from workspaces.services.outcome import outcome

CLONE_SECONDS = 60.0
NODES = OpenApiParameter("nodes", OpenApiTypes.STR, description="`all`: also those on other machines, for staff.")
ALL = OpenApiParameter("all", OpenApiTypes.STR, description="`true`: everybody's, for staff.")
REMOVE_VOLUME = OpenApiParameter(
    "removeVolume",
    OpenApiTypes.STR,
    description="`true`: the files too. Otherwise they stay, and the next space of that name has them again.",
)


class SpacesView(SandboxView):
    max_body_bytes = 4 * 1024**2
    parser_classes = (LargeJSONParser, FormParser)

    @extend_schema(
        operation_id="sandboxes_list",
        parameters=[NODES, ALL],
        responses={200: spaces.SpacesOut, **errors(ErrorOut, 401)},
        examples=examples.LIST,
    )
    def get(self, request: Request) -> Response:
        """The caller's spaces and those shared with them, newest first."""
        actor = actor_of(request)
        everywhere = request.query_params.get("nodes") == "all"
        node = self.machine() if everywhere else ""
        listed = workspaces_visible if request.query_params.get("all") == "true" else workspaces_at_hand
        found = [spaces.space_out(workspace, node) for workspace in listed(actor)]
        if everywhere:
            found += [spaces.node_space_out(space) for space in nodes_spaces(actor)]
        return Response({"spaces": found})

    @extend_schema(
        operation_id="sandboxes_create",
        request=creating.SandboxIn,
        responses={201: spaces.OneSpaceOut, **errors(ErrorOut, 400, 401, 403, 409, 503)},
        examples=examples.CREATE,
    )
    def post(self, request: Request) -> Response:
        """Make a space and start it; a repository that cannot be cloned leaves nothing behind."""
        actor, wanted = actor_of(request), read(creating.SandboxIn, request)
        workspace = services.workspace_create(actor, **wanted, discard=True)
        self.settle(request, workspace, CLONE_SECONDS if wanted["repository"] else None)
        return Response({"space": spaces.space_out(outcome(actor, workspace, is_new=True))}, status=201)


class SpaceView(SandboxView):
    @extend_schema(operation_id="sandbox_get", responses={200: spaces.OneSpaceOut, **READING}, examples=examples.GET)
    def get(self, request: Request, name: str) -> Response:
        """One space."""
        return Response({"space": spaces.space_out(workspace_get_by_name(actor_of(request), name))})

    @extend_schema(
        operation_id="sandbox_delete",
        parameters=[REMOVE_VOLUME],
        request=None,
        responses={200: spaces.MessageOut, **CHANGING, **errors(ErrorOut, 400, 403)},
        examples=examples.DELETE,
    )
    def delete(self, request: Request, name: str) -> Response:
        """Destroy a space; its files stay unless they are to go as well."""
        actor = actor_of(request)
        workspace = workspace_get_by_name(actor, name)
        services.workspace_delete(actor, workspace, keep_files=not _removes_volume(request))
        try:
            self.settled(request, workspace)
        except NotFound:  # as it should be
            pass
        return Response({"message": "Space destroyed"})


class StopView(SandboxView):
    @extend_schema(
        operation_id="sandbox_stop",
        request=None,
        responses={200: spaces.MessageOut, **CHANGING},
        examples=examples.STOP,
    )
    def post(self, request: Request, name: str) -> Response:
        """Pause a space: its programs are frozen and keep their memory."""
        actor = actor_of(request)
        workspace = workspace_get_by_name(actor, name)
        if not workspace.is_settled:
            workspace = self.settled(request, workspace)
        services.workspace_pause(actor, workspace)
        self.settled(request, workspace)
        return Response({"message": "Space paused"})


class StartView(SandboxView):
    @extend_schema(
        operation_id="sandbox_start",
        request=None,
        responses={200: spaces.MessageOut, **CHANGING, **errors(ErrorOut, 403)},
        examples=examples.START,
    )
    def post(self, request: Request, name: str) -> Response:
        """Let a paused space go on where it was; a stopped one is started."""
        actor = actor_of(request)
        workspace = workspace_get_by_name(actor, name)
        services.workspace_start(actor, workspace)
        self.settled(request, workspace)
        return Response({"message": "Space started"})


def _removes_volume(request: Request) -> bool:
    """What `removeVolume` says. Raises `Invalid` for a word that might mean either: files cannot be brought back."""
    said: Any = request.query_params.get("removeVolume", "").lower()
    if said not in ("", "true", "false"):
        raise Invalid("removeVolume is true or false", code="VALIDATION_ERROR")
    return bool(said == "true")
