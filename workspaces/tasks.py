"""What the worker does: one line each. Arguments are ids; every task may run twice, late, or not at all."""

from __future__ import annotations

from celery import shared_task

from workspaces import health, image_builds, keeping, lifecycle, resizing, shell_history, snapshots, spares
from workspaces import sweep as sweeping
from workspaces.engine import get_engine
from workspaces.engine.base import EngineUnavailable
from workspaces.services import idle


@shared_task(name="workspaces.operation_perform")
def operation_perform(operation_id: str) -> None:
    """Carry out one operation."""
    lifecycle.perform(operation_id)


@shared_task(name="workspaces.image_make", autoretry_for=(EngineUnavailable,), retry_backoff=5, max_retries=10)
def image_make(ref: str) -> None:
    """Build or pull one image."""
    image_builds.image_build(ref, get_engine())


@shared_task(name="workspaces.kept_remove")
def kept_remove(public_id: str) -> None:
    """Remove files that were kept of a deleted workspace."""
    keeping.kept_remove(public_id, get_engine())


@shared_task(name="workspaces.spares_fill")
def spares_fill() -> None:
    """Make networks in advance while nothing else is to do."""
    spares.spares_fill(get_engine())


@shared_task(name="workspaces.resend")
def resend() -> None:
    """Wake workers for open operations that nobody holds."""
    sweeping.resend()


@shared_task(name="workspaces.sweep")
def sweep() -> None:
    """Compare rows with reality and repair."""
    sweeping.sweep_quietly(get_engine())


@shared_task(name="workspaces.idle_round")
def idle_round() -> None:
    """Pause and stop what nobody uses."""
    idle.idle_round()


@shared_task(name="workspaces.resize", autoretry_for=(EngineUnavailable,), retry_backoff=5, max_retries=10)
def resize(public_id: str) -> None:
    """Make one container as large as its row says."""
    resizing.resize(public_id, get_engine())


@shared_task(name="workspaces.snapshot_take")
def snapshot_take(public_id: str) -> None:
    """Take one snapshot."""
    snapshots.snapshot_take(public_id)


@shared_task(name="workspaces.expire_round")
def expire_round() -> None:
    """Delete the workspaces whose time is over, and snapshots that nothing refers to."""
    snapshots.expire_round(get_engine())


@shared_task(name="workspaces.history_take_in")
def history_take_in(workspace_id: int) -> None:
    """Take what was typed in one workspace into the audit."""
    shell_history.history_take_in(workspace_id)


@shared_task(name="workspaces.history_round")
def history_round() -> None:
    """The same for all that were used since."""
    shell_history.history_round()


@shared_task(name="workspaces.heartbeat")
def heartbeat() -> None:
    """Say that the worker is alive."""
    health.heartbeat("worker")
