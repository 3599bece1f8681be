"""What a workspace uses and what goes on in it. Looking wakes nothing, counts as no use and is no audit event."""

from workspaces.stats.observing import Observability, WorkspaceDisk, observability_of
from workspaces.stats.processes import Process
from workspaces.stats.sampling import Stats, stats_of

__all__ = ["Observability", "Process", "Stats", "WorkspaceDisk", "observability_of", "stats_of"]
