"""The machines that there are, and what staff may see beside: their figures, and the workspaces on all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.actors import Actor, signed_in
from accounts.views.request import PageRequest
from workspaces.machine import machine_info
from workspaces.models import Workspace
from workspaces.nodes import Node, nodes_list, nodes_spaces
from workspaces.selectors import workspaces_visible
from workspaces.states import State
from workspaces.views.shown import SETTLED_CHIPS

MIB = 1024**2
MOST_LISTED = 200
STATUSES: dict[str, tuple[str, str, str | Promise]] = {
    "online": ("running", "running", _("online")),
    "offline": ("stopped", "stopped", _("does not answer")),
    "unauthorized": ("paused", "lock", _("wants another key")),
}
"""Of a machine: chip, icon, words."""
FOREIGN_CHIPS = {"running": "running", "paused": "paused", "stopped": "stopped"}


@dataclass(frozen=True, slots=True)
class ShownNode:
    """`is_here` for this machine. Sizes in MiB, as the filter `memory` takes them."""

    node: Node
    is_here: bool
    chip: str
    icon: str
    status: str | Promise
    memory_mb: int | None
    gpu_memory_mb: int | None


@dataclass(frozen=True, slots=True)
class ShownSpace:
    """A workspace on any machine; `workspace` is None on another one, which may have a `status` of its own."""

    node: str
    name: str
    status: str | Promise
    chip: str
    about: str
    workspace: Workspace | None


@require_safe
@never_cache
def machines(request: PageRequest) -> HttpResponse:
    """The page; with `?all=1` the machines themselves, which are asked over the network and so come after the rest."""
    signed_in(request.actor)
    context: dict[str, object] = {"asked": bool(request.GET.get("all"))}
    if context["asked"]:
        nodes = [_node(number, node) for number, node in enumerate(nodes_list(request.actor).nodes)]
        context |= {"nodes": nodes, "is_alone": len(nodes) == 1}
    if context["asked"] and request.actor.is_staff:
        machine = machine_info()
        since = timezone.now() - timedelta(seconds=machine.uptime)
        context |= {"machine": machine, "since": since, "spaces": _spaces(request.actor, machine.hostname)}
    return render(request, "workspaces/machines.html", context)


def _node(number: int, node: Node) -> ShownNode:
    chip, icon, words = STATUSES[node.status]
    can = node.capabilities
    return ShownNode(
        node=node,
        is_here=number == 0,
        chip=chip,
        icon=icon,
        status=words,
        memory_mb=can.memory // MIB if can and can.memory else None,
        gpu_memory_mb=can.gpu_memory // MIB if can and can.gpu_memory else None,
    )


def _spaces(actor: Actor, here: str) -> list[ShownSpace]:
    own = [
        ShownSpace(
            node=here,
            name=workspace.name,
            status=State(workspace.state).label,
            chip=SETTLED_CHIPS.get(State(workspace.state), "busy"),
            about=workspace.owner.username,
            workspace=workspace,
        )
        for workspace in workspaces_visible(actor)[:MOST_LISTED]
    ]
    others = [
        ShownSpace(
            node=space.node,
            name=space.name,
            status=State(space.status).label if space.status in State.values else space.status,
            chip=FOREIGN_CHIPS.get(space.status, "stopped"),
            about=space.image,
            workspace=None,
        )
        for space in nodes_spaces(actor)
    ]
    return own + others
