"""Wakes workers for pushes, a few seats at a time; who is done with one goes on to the next."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from workshop.models import Push, PushResult
from workshop.pushing.commands import LONGEST_SECONDS

AT_ONCE = 4
"""Seats of one push that are worked at side by side: of the worker's threads, the most are for people who wait."""
SILENT = timedelta(seconds=LONGEST_SECONDS + 60)
"""A worker that has noted nothing for so long was killed: longer than a command may take."""
LOST = timedelta(seconds=60)
"""A wake-up that was to come before that is not coming."""
FILES_KEPT = timedelta(days=7)
OPEN = (PushResult.State.WAITING, PushResult.State.RUNNING)


def push_send(push: Push) -> None:
    """After commit, wake workers for the first of its seats."""
    push_id = push.pk
    transaction.on_commit(lambda: push_go_on(push_id, AT_ONCE), robust=True)


def push_go_on(push_id: uuid.UUID, count: int) -> None:
    """Wake workers for so many of the seats that nobody has begun."""
    fresh = PushResult.objects.filter(push=push_id, state=PushResult.State.WAITING, started_at=None)
    for result_id in fresh.order_by("seat__number").values_list("pk", flat=True)[:count]:
        result_wake(result_id)


def result_wake(result_id: int, delay_seconds: float = 0) -> None:
    """Send the task for one seat, to run after `delay_seconds`."""
    from workshop.tasks import push_result  # tasks import what sends them

    push_result.apply_async((result_id,), countdown=delay_seconds or None, retry=False)


def pushes_resend() -> int:
    """Wake workers for all that is open and that nobody is at, and forget what was kept long enough; how many woken."""
    pushes_forget()
    now = timezone.now()
    killed = Q(state=PushResult.State.RUNNING, started_at__lt=now - SILENT)
    lost = Q(state=PushResult.State.WAITING, started_at__lt=now - LOST)
    ids = list(PushResult.objects.filter(killed | lost).values_list("pk", flat=True))
    for push_id in _with_fresh_ones():
        at_work = PushResult.objects.filter(push=push_id, state=PushResult.State.RUNNING).exclude(pk__in=ids).count()
        fresh = PushResult.objects.filter(push=push_id, state=PushResult.State.WAITING, started_at=None)
        ids += fresh.order_by("seat__number").values_list("pk", flat=True)[: max(0, AT_ONCE - at_work)]
    for result_id in ids:
        result_wake(result_id)
    return len(ids)


def _with_fresh_ones() -> list[uuid.UUID]:
    waiting = PushResult.objects.filter(state=PushResult.State.WAITING, started_at=None)
    return list(waiting.order_by().values_list("push", flat=True).distinct())


def pushes_forget() -> int:
    """Contents that were kept for long enough are gone from the rows; how many pushes that were."""
    old = Push.objects.filter(created_at__lt=timezone.now() - FILES_KEPT).exclude(files_sealed="")
    ids = list(old.values_list("pk", flat=True))
    if ids:
        PushResult.objects.filter(push__in=ids, push__kind=Push.Kind.FILES).update(output="")
        Push.objects.filter(pk__in=ids).update(files_sealed="")
    return len(ids)
