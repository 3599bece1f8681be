"""Machines, templates and the audit."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from rest_framework import serializers

from accounts.models import AuditEvent
from spaces_site.api.spaces.wire import time_out
from workspaces.machine import Capabilities, Machine
from workspaces.models import Template
from workspaces.nodes import Node, Nodes
from workspaces.templating import Preset

TYPES = {
    "workspace.create": "space.create",
    "workspace.start": "space.start",
    "workspace.resume": "space.start",
    "workspace.pause": "space.pause",
    "workspace.delete": "space.destroy",
    "exec.run": "space.exec",
    "shell.command": "space.shell",
    "file.write": "space.file.write",
}
"""Types of events as this API knows them; others go by our own name."""


class TemplateIn(serializers.Serializer[Any]):
    yaml = serializers.CharField(
        trim_whitespace=False,
        max_length=100_000,
        error_messages=dict.fromkeys(("required", "blank", "null"), "yaml required"),
    )


class AuditIn(serializers.Serializer[Any]):
    """What the audit is asked for."""

    space = serializers.CharField(required=False, allow_blank=True, default="", help_text="A space's name.")
    limit = serializers.IntegerField(required=False, default=200, min_value=1, max_value=1000)


class TemplateItemOut(TypedDict):
    name: str
    description: str


class TemplatesOut(TypedDict):
    templates: list[TemplateItemOut]


class YamlOut(TypedDict):
    name: str
    yaml: str


class ResourcesOut(TypedDict):
    memory: NotRequired[int]
    cpus: NotRequired[float]
    gpu: NotRequired[bool]
    image: NotRequired[str]


class SecurityOut(TypedDict):
    writableRootfs: bool


class NetworkOut(TypedDict):
    mode: str
    blockCidrs: list[str]


class RepositoryOut(TypedDict):
    defaultRepoDest: NotRequired[str]


class TemplateOut(TypedDict):
    name: str
    description: str
    resources: ResourcesOut
    security: SecurityOut
    network: NetworkOut
    workspace: RepositoryOut
    yaml: str


class OneTemplateOut(TypedDict):
    template: TemplateOut


class CapabilitiesOut(TypedDict):
    gpu: bool
    gpuName: NotRequired[str]
    gpuMemory: NotRequired[int]
    arch: str | None
    platform: str | None
    cpus: int | None
    memory: int | None


class NodeOut(TypedDict):
    name: str
    url: str
    status: str
    latencyMs: int | None
    capabilities: CapabilitiesOut | None


class NodesOut(TypedDict):
    nodes: list[NodeOut]
    lastUpdatedAt: int


class MemoryOut(TypedDict):
    total: int
    free: int
    used: int
    percentage: float


class DiskOut(TypedDict):
    total: int
    used: int
    available: int
    percentage: float


class EngineOut(TypedDict):
    version: str | None
    containers: int | None
    containersRunning: int | None
    containersPaused: int | None
    images: int | None


class SystemOut(TypedDict):
    hostname: str
    platform: str
    arch: str
    cpus: int
    loadAverage: list[float]
    memory: MemoryOut
    disk: DiskOut | None
    uptime: int
    docker: EngineOut
    capabilities: CapabilitiesOut


class EventOut(TypedDict):
    ts: str
    type: str
    space: NotRequired[str]
    meta: NotRequired[dict[str, Any]]


class EventsOut(TypedDict):
    events: list[EventOut]


def template_item_out(template: Template) -> TemplateItemOut:
    return {"name": template.name, "description": template.description}


def template_out(template: Template, preset: Preset) -> TemplateOut:
    """What a template says, by the keys of its YAML; what it leaves open is left out."""
    resources: dict[str, Any] = {
        "memory": preset.memory_mb * 1024**2 if preset.memory_mb else None,
        "cpus": preset.cpus,
        "gpu": preset.gpu,
        "image": preset.kind,
    }
    return {
        "name": template.name,
        "description": template.description,
        "resources": {name: value for name, value in resources.items() if value is not None},  # type: ignore[typeddict-item]
        "security": {"writableRootfs": not preset.read_only_root},
        "network": {"mode": preset.network_mode, "blockCidrs": list(preset.blocked_ranges)},
        "workspace": {"defaultRepoDest": preset.repo_destination} if preset.repo_destination else {},
        "yaml": template.yaml,
    }


def capabilities_out(can: Capabilities) -> CapabilitiesOut:
    """Memory in bytes."""
    shown: CapabilitiesOut = {
        "gpu": can.gpu,
        "arch": can.arch,
        "platform": can.platform,
        "cpus": can.cpus,
        "memory": can.memory,
    }
    if can.gpu_name:
        shown["gpuName"] = can.gpu_name
    if can.gpu_memory is not None:
        shown["gpuMemory"] = can.gpu_memory
    return shown


def nodes_out(nodes: Nodes) -> NodesOut:
    return {"nodes": [_node(node) for node in nodes.nodes], "lastUpdatedAt": nodes.last_updated_at}


def _node(node: Node) -> NodeOut:
    return {
        "name": node.name,
        "url": node.url,
        "status": node.status,
        "latencyMs": node.latency_ms,
        "capabilities": capabilities_out(node.capabilities) if node.capabilities else None,
    }


def system_out(machine: Machine) -> SystemOut:
    """Sizes in bytes, the time it is up in seconds."""
    memory, disk, engine = machine.memory, machine.disk, machine.engine
    return {
        "hostname": machine.hostname,
        "platform": machine.platform,
        "arch": machine.arch,
        "cpus": machine.cpus,
        "loadAverage": list(machine.load_average),
        "memory": {
            "total": memory.total,
            "free": memory.free,
            "used": memory.used,
            "percentage": memory.percentage,
        },
        "disk": {
            "total": disk.total,
            "used": disk.used,
            "available": disk.available,
            "percentage": disk.percentage,
        }
        if disk
        else None,
        "uptime": machine.uptime,
        "docker": {
            "version": engine.version,
            "containers": engine.containers,
            "containersRunning": engine.containers_running,
            "containersPaused": engine.containers_paused,
            "images": engine.images,
        },
        "capabilities": capabilities_out(machine.capabilities),
    }


def event_out(event: AuditEvent, images: dict[str, str]) -> EventOut:
    """`images`: the image of each kind, by its slug."""
    shown: EventOut = {"ts": time_out(event.at), "type": TYPES.get(event.action, event.action)}
    if event.workspace:
        shown["space"] = event.workspace_name or event.workspace
    if meta := _meta(event, images):
        shown["meta"] = meta
    return shown


def _meta(event: AuditEvent, images: dict[str, str]) -> dict[str, Any]:
    meta = event.meta
    if event.action == "workspace.create":
        kind = str(meta.get("kind", ""))
        return {
            "memory": f"{meta.get('memory_mb', 0)}m",
            "cpus": meta.get("cpus"),
            "gpu": meta.get("gpu", False),
            "image": images.get(kind, kind),
        }
    if event.action == "workspace.delete":
        return {"removeVolume": not meta.get("keep_files", False)}
    return dict(meta)
