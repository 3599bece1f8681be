"""What a workspace uses and what goes on in it. Looking wakes nothing, counts as no use and is no audit event."""

from workspaces.stats.disk import DiskUsage, disk_usage_of, readable_size
from workspaces.stats.observing import DiskSeen, Observability, WorkspaceDisk, disk_of, observability_of
from workspaces.stats.processes import Process, processes_of
from workspaces.stats.sampling import Stats, stats_of

__all__ = [
    "DiskSeen",
    "DiskUsage",
    "Observability",
    "Process",
    "Stats",
    "WorkspaceDisk",
    "disk_of",
    "disk_usage_of",
    "observability_of",
    "processes_of",
    "readable_size",
    "stats_of",
]
