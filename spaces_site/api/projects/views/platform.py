"""What the platform is and has, and what the caller may have of it."""

from __future__ import annotations

from django.db.models import Count
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from spaces_site.api.auth import user_of
from spaces_site.api.projects.errors import ErrorOut
from spaces_site.api.projects.examples import platform as examples
from spaces_site.api.projects.views.base import ProjectsView
from spaces_site.api.projects.wire import platform
from spaces_site.api.schema import errors
from workspaces.machine import machine_info
from workspaces.models import Workspace

SIGNED_IN = errors(ErrorOut, 401)


class ConfigView(ProjectsView):
    @extend_schema(operation_id="config", responses={200: platform.ConfigOut, **SIGNED_IN}, examples=examples.CONFIG)
    def get(self, request: Request) -> Response:
        """What this server offers, and the caller's limits."""
        return Response(platform.config_out(user_of(request)))


class LimitsView(ProjectsView):
    @extend_schema(operation_id="limits", responses={200: platform.LimitsOut, **SIGNED_IN}, examples=examples.LIMITS)
    def get(self, request: Request) -> Response:
        """How much one project of the caller's may have, and how many may run at once."""
        return Response(platform.limits_out(user_of(request)))


class StatsView(ProjectsView):
    @extend_schema(
        operation_id="workspace_stats", responses={200: platform.OneStatsOut, **SIGNED_IN}, examples=examples.STATS
    )
    def get(self, request: Request) -> Response:
        """How many workspaces there are of all people, and how busy the machine is."""
        states = Workspace.objects.order_by().values_list("state").annotate(count=Count("pk"))
        people = User.objects.filter(is_active=True).count()
        stats = platform.stats_out(dict(states), people, machine_info(), user_of(request))
        return Response({"success": True, "stats": stats})
