"""This machine and the others beside it. Sizes in bytes."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from workspaces.machine import Capabilities, Machine
from workspaces.nodes import Node, Nodes


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
