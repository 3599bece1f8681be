"""Wakes a worker. A lost wake-up is harmless: `resend` and the sweep find whatever is open."""

from __future__ import annotations

from django.db import transaction

from workspaces.models import Operation


def operation_send(operation: Operation) -> None:
    """After commit, send the task. A broker that is down fails nothing: the row says what is to be done."""
    operation_id = str(operation.pk)
    transaction.on_commit(lambda: wake(operation_id), robust=True)


def wake(operation_id: str, delay_seconds: float = 0) -> None:
    """Send the task that carries out an operation, to run after `delay_seconds`."""
    from workspaces.tasks import operation_perform  # tasks import what sends them

    operation_perform.apply_async((operation_id,), countdown=delay_seconds or None, retry=False)


def snapshot_send(public_id: str) -> None:
    """After commit, send the task that takes a snapshot."""
    transaction.on_commit(lambda: snapshot_wake(public_id), robust=True)


def snapshot_wake(public_id: str, delay_seconds: float = 0) -> None:
    """Send that task, to run after `delay_seconds`."""
    from workspaces.tasks import snapshot_take

    snapshot_take.apply_async((public_id,), countdown=delay_seconds or None, retry=False)


def kept_remove_send(public_id: str) -> None:
    """After commit, send the task that removes kept files; the sweep finds them as well."""
    from workspaces.tasks import kept_remove

    transaction.on_commit(lambda: kept_remove.apply_async((public_id,), retry=False), robust=True)
