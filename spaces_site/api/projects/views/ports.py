"""Ports of a project, whom they are open to, and names for them."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.api.auth import actor_of
from spaces_site.api.projects.errors import ErrorOut
from spaces_site.api.projects.examples import ports as examples
from spaces_site.api.projects.views.base import READING, WRITING, ProjectsView
from spaces_site.api.projects.wire import aliases, ports
from spaces_site.api.projects.wire.changing import DoneOut
from spaces_site.api.schema import errors
from workspaces.services.aliases import alias_add, alias_remove, alias_update, aliases_of
from workspaces.services.ports import port_share_set, ports_of


class PortsView(ProjectsView):
    @extend_schema(
        operation_id="project_ports",
        responses={200: ports.PortsOut, **READING, **errors(ErrorOut, 503)},
        examples=examples.PORTS,
    )
    def get(self, request: Request, project_id: str) -> Response:
        """The ports that are listened on, shared or named."""
        found = ports_of(actor_of(request), self.workspace(request, project_id))
        return Response({"success": True, "ports": [ports.port_out(view) for view in found]})


class PortView(ProjectsView):
    @extend_schema(
        operation_id="project_port_share",
        request=ports.AudienceIn,
        responses={200: ports.PortSharedOut, **WRITING, **errors(ErrorOut, 409)},
        examples=examples.PORT,
    )
    def put(self, request: Request, project_id: str, port: int) -> Response:
        """Open a port to nobody else (`owner`), to everybody who is signed in (`people`) or has its link (`link`)."""
        workspace, audience = self.workspace(request, project_id), self.read(ports.AudienceIn, request)["audience"]
        link = port_share_set(actor_of(request), workspace, port, audience)
        answer = {"message": "Port updated successfully", "port": port, "audience": audience, "link": link or None}
        return Response({"success": True, **answer})


class AliasesView(ProjectsView):
    @extend_schema(
        operation_id="project_aliases", responses={200: aliases.AliasesOut, **READING}, examples=examples.ALIASES
    )
    def get(self, request: Request, project_id: str) -> Response:
        """The names of a project's ports."""
        found = aliases_of(actor_of(request), self.workspace(request, project_id))
        return Response({"success": True, "aliases": [aliases.alias_out(alias) for alias in found]})

    @extend_schema(
        operation_id="project_alias_add",
        request=aliases.AliasIn,
        responses={201: aliases.OneAliasOut, **WRITING, **errors(ErrorOut, 409)},
        examples=examples.ALIAS_ADD,
    )
    def post(self, request: Request, project_id: str) -> Response:
        """Give a port a name, if need be with a user name and a password for those who come by it."""
        workspace, wanted = self.workspace(request, project_id), self.read(aliases.AliasIn, request)
        alias = alias_add(actor_of(request), workspace, **wanted)
        return Response({"success": True, "alias": aliases.alias_out(alias)}, status=201)


class AliasView(ProjectsView):
    @extend_schema(
        operation_id="project_alias_update",
        request=aliases.AliasChangesIn,
        responses={200: aliases.OneAliasOut, **WRITING},
        examples=examples.ALIAS_UPDATE,
    )
    def put(self, request: Request, project_id: str, subdomain: str) -> Response:
        """Let a name lead to another port, or protect it otherwise."""
        workspace, wanted = self.workspace(request, project_id), self.read(aliases.AliasChangesIn, request)
        alias = alias_update(actor_of(request), workspace, subdomain.lower(), **wanted)
        return Response({"success": True, "alias": aliases.alias_out(alias)})

    @extend_schema(
        operation_id="project_alias_delete",
        request=None,
        responses={200: DoneOut, **READING, **errors(ErrorOut, 403)},
        examples=examples.ALIAS_DELETE,
    )
    def delete(self, request: Request, project_id: str, subdomain: str) -> Response:
        """Take a name away; it is free for others then."""
        alias_remove(actor_of(request), self.workspace(request, project_id), subdomain.lower())
        return Response({"success": True, "message": "Alias deleted successfully"})
