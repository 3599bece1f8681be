"""How many workspaces a person may have and run, and how large one may be. Called under the owner's row lock."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from spaces_site.errors import Conflict, Forbidden, Invalid
from workspaces.engine_state import engine_info
from workspaces.models import KeptFiles, Workspace
from workspaces.states import RUNNING_OR_SOON, State

_UNLIMITED = 1024**2
"""As large as can be said: what the machine has is the limit then."""


def owner_lock(user_id: int) -> User:
    """The owner's row, locked to the end of the transaction: counts made after this stay true until it ends.

    SQLite has no row locks; there every transaction is IMMEDIATE and so excludes every other writer.
    """
    return User.objects.select_for_update().get(pk=user_id)


def max_workspaces(owner: User) -> int:
    """How many workspaces the person may have."""
    return settings.MAX_WORKSPACES_PER_USER if owner.max_workspaces is None else owner.max_workspaces


def max_running(owner: User) -> int:
    """How many of them may run or be paused at once."""
    return settings.MAX_CONCURRENT_WORKSPACES if owner.max_running is None else owner.max_running


@dataclass(frozen=True, slots=True)
class Places:
    """How many workspaces somebody has and may have, and how many of them run. `may_run` is None for any number."""

    have: int
    may_have: int
    run: int
    may_run: int | None

    @property
    def is_full(self) -> bool:
        return self.have >= self.may_have

    @property
    def may_start(self) -> bool:
        return self.may_run is None or self.run < self.may_run

    @property
    def left(self) -> int:
        """How many more they may have."""
        return max(0, self.may_have - self.have)

    @property
    def may_run_more(self) -> int | None:
        """How many more may run; None for any number."""
        return None if self.may_run is None else max(0, self.may_run - self.run)


def places_of(owner: User) -> Places:
    """What the person has left, in one query; for a page, as it may be otherwise a moment later."""
    states = list(_counting(owner).exclude(state=State.DELETING).values_list("state", flat=True))
    run = sum(state in RUNNING_OR_SOON for state in states)
    may_run = max_running(owner) if settings.ENABLE_RESOURCE_LIMITS else None
    return Places(len(states), max_workspaces(owner), run, may_run)


def check_may_have_another(owner: User) -> None:
    """Raises `Forbidden` (WORKSPACE_LIMIT) when the person has all the workspaces they may have."""
    limit = max_workspaces(owner)
    if _counting(owner).exclude(state=State.DELETING).count() >= limit:
        raise Forbidden(
            _("You have all %(limit)d workspaces that you may have. Delete one first.") % {"limit": limit},
            code="WORKSPACE_LIMIT",
            details={"limit": limit},
        )


def check_may_clone(owner: User, count: int) -> None:
    """Raises `Forbidden` (WORKSPACE_LIMIT, RUNNING_LIMIT) when the person may not have, or run, so many more."""
    limit, have = max_workspaces(owner), _counting(owner).exclude(state=State.DELETING).count()
    if have + count > limit:
        left = max(0, limit - have)
        raise Forbidden(
            ngettext(
                "Cannot create %(count)d clones: only %(left)d workspace slot remaining (limit: %(limit)d)",
                "Cannot create %(count)d clones: only %(left)d workspace slots remaining (limit: %(limit)d)",
                left,
            )
            % {"count": count, "left": left, "limit": limit},
            code="WORKSPACE_LIMIT",
            details={"limit": limit, "left": left},
        )
    if not settings.ENABLE_RESOURCE_LIMITS:
        return
    limit, run = max_running(owner), _counting(owner).filter(state__in=RUNNING_OR_SOON).count()
    if run + count > limit:
        raise Forbidden(
            _("Cannot create %(count)d clones: only %(left)d more may run (limit: %(limit)d)")
            % {"count": count, "left": max(0, limit - run), "limit": limit},
            code="RUNNING_LIMIT",
            details={"limit": limit, "left": max(0, limit - run)},
        )


def _counting(owner: User) -> QuerySet[Workspace]:
    """The workspaces that count: the seats of a workshop count there."""
    return Workspace.objects.filter(owner=owner, is_seat=False)


def check_may_run_another(owner: User, besides: Workspace | None = None) -> None:
    """Raises `Forbidden` (RUNNING_LIMIT) when as many run as may run, not counting `besides`."""
    if not settings.ENABLE_RESOURCE_LIMITS:
        return
    limit = max_running(owner)
    running = _counting(owner).filter(state__in=RUNNING_OR_SOON)
    if besides is not None:
        running = running.exclude(pk=besides.pk)
    if running.count() >= limit:
        raise Forbidden(
            _("%(limit)d of your workspaces run already, which is as many as may. Stop one first.") % {"limit": limit},
            code="RUNNING_LIMIT",
            details={"limit": limit},
        )


def max_memory_mb(owner: User | None) -> int:
    """How much memory one workspace may have, MiB: of that person's, or of somebody's for whom nothing else is set."""
    if owner is not None and owner.max_memory_mb is not None:
        return owner.max_memory_mb
    return settings.MEMORY_PER_WORKSPACE_MB if settings.ENABLE_RESOURCE_LIMITS else _UNLIMITED


def max_cpus(owner: User | None) -> float:
    """How many cores one workspace may have, likewise."""
    if owner is not None and owner.max_cpus is not None:
        return owner.max_cpus
    return settings.CPU_PER_WORKSPACE if settings.ENABLE_RESOURCE_LIMITS else _UNLIMITED


def check_resources(owner: User | None, memory_mb: int, cpus: float) -> None:
    """Raises `Invalid` with details per field when a workspace would be larger than one of the owner's may be (None: of
    anybody's), or too small to run."""
    details = {}
    most_memory, most_cpus = max_memory_mb(owner), max_cpus(owner)
    if not 64 <= memory_mb <= most_memory:
        details["memory_mb"] = _("Between 64 and %(most)d MiB.") % {"most": most_memory}
    if not 0.1 <= cpus <= most_cpus:
        details["cpus"] = _("Between 0.1 and %(most)g cores.") % {"most": most_cpus}
    if details:
        raise Invalid(_("The workspace cannot have that size."), details=details)


def check_gpu(wanted: bool) -> None:
    """Raises `Invalid` (GPU_MISSING) when a graphics processor is wanted and the engine can give none."""
    info = engine_info() if wanted else None
    if info is not None and not info.has_gpu:
        text = _("This machine has no graphics processor that workspaces could use.")
        raise Invalid(text, code="GPU_MISSING", details={"gpu": text})


def check_may_keep_files(owner: User) -> None:
    """Raises `Conflict` (KEPT_LIMIT) when files of as many deleted workspaces are kept as one may have workspaces."""
    limit = max_workspaces(owner)
    if KeptFiles.objects.filter(owner=owner).count() >= limit:
        raise Conflict(
            _("The files of %(limit)d deleted workspaces are kept already. Delete some of them first.")
            % {"limit": limit},
            code="KEPT_LIMIT",
            details={"limit": limit},
        )
