"""Snapshots: taking them once for all who wait, and clearing away what nothing is made of any more."""

from workspaces.snapshots.expiring import expire_round
from workspaces.snapshots.taking import snapshot_ready, snapshot_take

__all__ = ["expire_round", "snapshot_ready", "snapshot_take"]
