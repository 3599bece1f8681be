"""/api/v1/containers: six calls by project and workspace id. All of them wait for what they ask for, within reason."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.api.auth import actor_of
from spaces_site.api.base import DialectView
from spaces_site.api.containers import examples, wire
from spaces_site.api.containers.errors import ErrorOut, error_out
from spaces_site.api.parsers import LargeJSONParser
from spaces_site.api.schema import errors
from spaces_site.body_limit import LARGEST_BODY_BYTES
from spaces_site.errors import SpacesError
from workspaces import services
from workspaces.commands import command_run
from workspaces.files import files_sync
from workspaces.models import Workspace
from workspaces.selectors import workspace_get
from workspaces.services.keyed import container_find, container_start
from workspaces.services.outcome import outcome
from workspaces.services.theme import theme_set
from workspaces.states import State

WAIT_SECONDS = 30.0
ERRORS = errors(ErrorOut, 400, 401, 404, 409, 503)


class ContainersView(DialectView):
    """Errors as `{success, error, message}`."""

    section = "Containers"

    def dress(self, error: SpacesError) -> dict[str, Any]:
        return dict(error_out(error))

    def settled(self, request: Request, workspace: Workspace, *, is_new: bool = False) -> Workspace:
        """The workspace after a wait for what is under way. Raises when that has failed."""
        services.operation_wait(workspace, WAIT_SECONDS)
        return outcome(actor_of(request), workspace, is_new=is_new)


class ExecView(ContainersView):
    @extend_schema(
        operation_id="containers_exec",
        request=wire.ExecIn,
        responses={200: wire.ExecOut, **ERRORS, **errors(ErrorOut, 429)},
        examples=examples.EXEC,
    )
    def post(self, request: Request) -> Response:
        """Run a command and wait for its end; a paused container is resumed first."""
        actor, body = actor_of(request), _read(wire.ExecIn, request)
        workspace = container_find(actor, body["project"], body["key"])
        return Response(wire.exec_out(command_run(actor, workspace, body["command"])))


class StatusView(ContainersView):
    @extend_schema(
        operation_id="containers_status",
        request=wire.PairIn,
        responses={200: wire.StatusOut, **errors(ErrorOut, 400, 401, 404)},
        examples=examples.STATUS,
    )
    def post(self, request: Request) -> Response:
        """What a container is at."""
        body = _read(wire.PairIn, request)
        return Response(wire.status_out(container_find(actor_of(request), body["project"], body["key"])))


class StartView(ContainersView):
    max_body_bytes = LARGEST_BODY_BYTES
    parser_classes = (LargeJSONParser,)

    @extend_schema(
        operation_id="containers_start",
        request=wire.StartIn,
        responses={200: wire.StartedOut, **errors(ErrorOut, 400, 401, 403, 409, 503)},
        examples=examples.START,
    )
    def post(self, request: Request) -> Response:
        """Start the container of that pair, which is made when there is none; the files are in it when this answers."""
        actor, body = actor_of(request), _read(wire.StartIn, request)
        started = container_start(
            actor, body["project"], body["key"], files=body["files"], kind=body["type"] or ""
        )
        workspace = self.settled(request, started.workspace, is_new=started.is_new)
        if body["files"] and not started.is_new:
            files_sync(actor, workspace, body["files"], clean=False)
        data = wire.container_out(workspace)
        return Response({"success": True, "message": "Container started successfully", "data": data})


class StopView(ContainersView):
    @extend_schema(
        operation_id="containers_stop",
        request=wire.PairIn,
        responses={200: wire.DoneOut, **ERRORS},
        examples=examples.STOP,
    )
    def post(self, request: Request) -> Response:
        """Stop a container; one that is stopped already is fine, which the answer says."""
        actor, body = actor_of(request), _read(wire.PairIn, request)
        workspace = container_find(actor, body["project"], body["key"])
        if workspace.state == State.STOPPED:
            return Response({"success": False, "message": "Container was already stopped"})
        services.workspace_stop(actor, workspace)
        self.settled(request, workspace)
        return Response({"success": True, "message": "Container stopped successfully"})


class SyncView(ContainersView):
    max_body_bytes = LARGEST_BODY_BYTES
    parser_classes = (LargeJSONParser,)

    @extend_schema(
        operation_id="containers_sync",
        request=wire.SyncIn,
        responses={200: wire.DoneOut, **ERRORS, **errors(ErrorOut, 403)},
        examples=examples.SYNC,
    )
    def post(self, request: Request) -> Response:
        """Put files into a container, running or not; others stay as they are unless `clean` empties it first."""
        actor, body = actor_of(request), _read(wire.SyncIn, request)
        workspace = container_find(actor, body["project"], body["key"])
        services.operation_wait(workspace, WAIT_SECONDS)
        files_sync(actor, workspace_get(actor, workspace.public_id), body["files"], clean=body["clean"])
        done = "Workspace cleaned successfully" if body["clean"] else "Files synced successfully"
        return Response({"success": True, "message": done})


class ThemeView(ContainersView):
    @extend_schema(
        operation_id="containers_theme",
        request=wire.ThemeIn,
        responses={200: wire.SuccessOut, **ERRORS},
        examples=examples.THEME,
    )
    def post(self, request: Request) -> Response:
        """Set the colours of the editor in a container that runs; its other settings stay as they are."""
        actor, body = actor_of(request), _read(wire.ThemeIn, request)
        theme_set(actor, container_find(actor, body["project"], body["key"]), body["theme"])
        return Response({"success": True})


def _read(serializer: Any, request: Request) -> dict[str, Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
