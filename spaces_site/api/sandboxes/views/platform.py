"""This machine, the others beside it, and what happened."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.api.auth import actor_of
from spaces_site.api.sandboxes import examples
from spaces_site.api.sandboxes.errors import ErrorOut
from spaces_site.api.sandboxes.views.base import SandboxView
from spaces_site.api.sandboxes.wire import auditing, machines
from spaces_site.api.schema import errors
from workspaces.audit_named import events_named
from workspaces.machine import capabilities, machine_info
from workspaces.models import Kind
from workspaces.nodes import nodes_list

SIGNED_IN = errors(ErrorOut, 401)


class NodesView(SandboxView):
    @extend_schema(operation_id="nodes", responses={200: machines.NodesOut, **SIGNED_IN}, examples=examples.NODES)
    def get(self, request: Request) -> Response:
        """This machine and the others, as they were a moment ago."""
        return Response(machines.nodes_out(nodes_list(actor_of(request))))


class SystemView(SandboxView):
    @extend_schema(operation_id="system", responses={200: machines.SystemOut, **SIGNED_IN}, examples=examples.SYSTEM)
    def get(self, request: Request) -> Response:
        """How this machine is: load, memory, disk, and what its engine has."""
        return Response(machines.system_out(machine_info()))


class CapabilitiesView(SandboxView):
    @extend_schema(
        operation_id="capabilities",
        responses={200: machines.CapabilitiesOut, **SIGNED_IN},
        examples=examples.CAPABILITIES,
    )
    def get(self, request: Request) -> Response:
        """What spaces on this machine can be given."""
        return Response(machines.capabilities_out(capabilities()))


class AuditView(SandboxView):
    @extend_schema(
        operation_id="audit",
        parameters=[auditing.AuditIn],
        responses={200: auditing.EventsOut, **errors(ErrorOut, 400, 401)},
        examples=examples.AUDIT,
    )
    def get(self, request: Request) -> Response:
        """The last events that the caller may read, oldest first."""
        asked = auditing.AuditIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        events = events_named(actor_of(request), asked.validated_data["space"], asked.validated_data["limit"])
        images = dict(Kind.objects.values_list("slug", "image"))
        return Response({"events": [auditing.event_out(event, images) for event in events]})
