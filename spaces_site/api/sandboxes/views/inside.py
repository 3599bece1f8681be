"""What goes on inside a space: commands, figures, pushing a repository."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.api.auth import actor_of
from spaces_site.api.sandboxes import examples
from spaces_site.api.sandboxes.errors import ErrorOut
from spaces_site.api.sandboxes.views.base import CHANGING, READING, SandboxView, read
from spaces_site.api.sandboxes.wire import inside
from spaces_site.api.schema import errors
from workspaces.commands import command_run
from workspaces.git import git_push
from workspaces.selectors import workspace_get_by_name
from workspaces.stats import observability_of, stats_of


class ExecView(SandboxView):
    @extend_schema(
        operation_id="sandbox_exec",
        request=inside.SandboxExecIn,
        responses={200: inside.ExecOut, **CHANGING, **errors(ErrorOut, 400, 429)},
        examples=examples.EXEC,
    )
    def post(self, request: Request, name: str) -> Response:
        """Run a command and wait for its end; a paused space is resumed first."""
        actor = actor_of(request)
        workspace = workspace_get_by_name(actor, name)
        return Response(inside.exec_out(command_run(actor, workspace, read(inside.SandboxExecIn, request)["command"])))


class StatsView(SandboxView):
    @extend_schema(
        operation_id="sandbox_stats",
        responses={200: inside.OneStatsOut, **READING, **errors(ErrorOut, 503)},
        examples=examples.STATS,
    )
    def get(self, request: Request, name: str) -> Response:
        """What a space uses now; zeros when it does not run."""
        actor = actor_of(request)
        return Response({"stats": inside.stats_out(stats_of(actor, workspace_get_by_name(actor, name)))})


class ObservabilityView(SandboxView):
    @extend_schema(
        operation_id="sandbox_observability",
        responses={200: inside.ObservabilityOut, **READING, **errors(ErrorOut, 503)},
        examples=examples.OBSERVABILITY,
    )
    def get(self, request: Request, name: str) -> Response:
        """What a space uses, its disk, its busiest programs and what was typed in its shell; nothing is woken by it."""
        actor = actor_of(request)
        return Response(inside.observability_out(observability_of(actor, workspace_get_by_name(actor, name))))


class PushView(SandboxView):
    @extend_schema(
        operation_id="sandbox_push",
        request=inside.PushIn,
        responses={200: inside.ExecOut, **CHANGING, **errors(ErrorOut, 400, 429)},
        examples=examples.PUSH,
    )
    def post(self, request: Request, name: str) -> Response:
        """Push a branch of a repository in a space, with a token that never gets into it."""
        actor = actor_of(request)
        workspace = workspace_get_by_name(actor, name)
        result = git_push(actor, workspace, **read(inside.PushIn, request))
        if result.exit_code:
            return Response(inside.push_failed_out(result), status=400)
        return Response(inside.exec_out(result))
