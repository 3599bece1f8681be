"""Snapshots: taking them once for all who wait, and clearing away what nothing is made of any more."""

from workspaces.snapshots.expiring import expire_round
from workspaces.snapshots.taking import snapshot_image, snapshot_take
from workspaces.snapshots.waiting import WAITS, snapshot_ready, snapshots_resend

__all__ = ["WAITS", "expire_round", "snapshot_image", "snapshot_ready", "snapshot_take", "snapshots_resend"]
