"""How far a wish for many workspaces is, read from the operations that name it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor, signed_in
from accounts.models import User
from spaces_site.errors import NotFound
from workspaces.models import Batch, Operation
from workspaces.states import OPEN_OPERATIONS, OperationState

ASKING_AT_MOST = timedelta(minutes=5)
"""A request that asks of the workspaces one after the other and has not come to its end by then has died."""
REASONS_SHOWN = 100
BATCHES_KEPT = 50
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """`done`: those that are as was wished, `already` included; `open`: on their way, or still to be asked.

    `replaced`: somebody wished something else of them meanwhile; `lost`: never asked, since the site went down.
    `percent`: 0–100 of all of them, where one that failed needs nothing more. `failed` and `replaced` are operations.
    """

    batch: Batch
    done: int
    open: int
    failed: int
    replaced: int
    lost: int
    percent: int
    failures: list[Operation] = field(default_factory=list)

    @property
    def is_settled(self) -> bool:
        return self.open == 0

    @property
    def refused(self) -> int:
        return len(self.batch.refused)

    @property
    def is_clean(self) -> bool:
        """Nothing was refused, failed, replaced or lost."""
        return not (self.refused or self.failed or self.replaced or self.lost)


def batch_get(actor: Actor, batch_id: uuid.UUID) -> BatchProgress:
    """How far it is. Raises `NotFound`, also when somebody else asked for it."""
    found = _progress(_counted(actor).filter(pk=batch_id))
    if not found:
        raise NotFound(_("There is no such bulk action."), code="BATCH_NOT_FOUND")
    return found[0]


def batches_of(actor: Actor, limit: int, *, since: timedelta | None = None) -> list[BatchProgress]:
    """What the actor asked for, newest first, in two queries; with `since`, no longer ago than that."""
    batches = _counted(actor)
    if since is not None:
        batches = batches.filter(created_at__gt=timezone.now() - since)
    return _progress(batches[:limit])


def batch_operations(progress: BatchProgress) -> list[Operation]:
    """What is done for it, in the order in which it was asked."""
    return list(progress.batch.operations.select_related("workspace").order_by("created_at", "pk"))


def batches_prune(user: User) -> None:
    """Who asks a thousand times does not fill the table. The operations stay."""
    mine = Batch.objects.filter(actor=user)
    old = mine.values_list("pk", flat=True)[BATCHES_KEPT - 1 : 2 * BATCHES_KEPT]
    # By name, not as all but the newest: one that is made in this moment is neither.
    mine.filter(Q(pk__in=list(old)) | Q(created_at__lt=timezone.now() - KEPT_FOR)).delete()


def _counted(actor: Actor) -> QuerySet[Batch]:
    def count(*states: OperationState) -> Count:
        return Count("operations", filter=Q(operations__state__in=states))

    return Batch.objects.filter(actor=signed_in(actor)).annotate(
        count_open=count(*OPEN_OPERATIONS),
        count_done=count(OperationState.DONE),
        count_failed=count(OperationState.FAILED),
        count_replaced=count(OperationState.SUPERSEDED),
        percents=Sum("operations__percent", filter=Q(operations__state__in=OPEN_OPERATIONS), default=0),
    ).order_by("-created_at")  # the model's own order is not that of a question that counts


def _progress(batches: Iterable[Batch]) -> list[BatchProgress]:
    found = list(batches)
    failed = Operation.objects.filter(batch__in=found, state=OperationState.FAILED).order_by("created_at", "pk")
    failed = failed.select_related("workspace")
    failures: dict[uuid.UUID, list[Operation]] = {}
    for operation in failed[:REASONS_SHOWN] if any(_n(batch, "count_failed") for batch in found) else ():
        assert operation.batch_id is not None
        failures.setdefault(operation.batch_id, []).append(operation)
    return [_one(batch, failures.get(batch.pk, [])) for batch in found]


def _one(batch: Batch, failures: list[Operation]) -> BatchProgress:
    open_, failed, replaced = (_n(batch, name) for name in ("count_open", "count_failed", "count_replaced"))
    done = _n(batch, "count_done") + batch.already
    unasked = max(0, batch.total - done - open_ - failed - replaced - len(batch.refused))
    is_asking = batch.created_at > timezone.now() - ASKING_AT_MOST
    waiting, lost = (unasked, 0) if is_asking else (0, unasked)
    through = 100 * (batch.total - open_ - waiting) + _n(batch, "percents")
    return BatchProgress(
        batch=batch,
        done=done,
        open=open_ + waiting,
        failed=failed,
        replaced=replaced,
        lost=lost,
        percent=min(100, through // max(1, batch.total)),
        failures=failures,
    )


def _n(batch: Batch, name: str) -> int:
    """One of the counts of `_counted`."""
    return int(getattr(batch, name))
