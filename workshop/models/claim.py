"""Who has, had or waits for a seat."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workshop.models.workshop import Seat, Workshop
from workspaces.models import Workspace


class Claim(models.Model):
    """A participant: waiting, on a seat, or gone. It outlives its workspace, whose public id and name it copies.

    `key_sealed`: encrypted, the key in the address that the participant was given; `key_hash` finds it. `guest`: the
    account without sign-in that this address leads into. `released_because`: one of the codes of `Because`.
    `files_until`: how long what they left is kept. `take_home_*`: likewise, the key with which they can fetch it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ACTIVE = "active", _("has a seat")
        RELEASED = "released", _("released")
        LEFT = "left", _("gone")

    class Because(models.TextChoices):
        LEADER = "leader", _("released by the leader")
        NO_SHOW = "no_show", _("never opened")
        END = "end", _("the workshop is over")
        MOVED = "moved", _("given another seat")

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="claims", verbose_name=_("workshop"))
    seat = models.ForeignKey(Seat, null=True, on_delete=models.SET_NULL, related_name="claims")
    workspace = models.ForeignKey(Workspace, null=True, on_delete=models.SET_NULL, related_name="claims")
    workspace_public_id = models.CharField(_("workspace’s id"), max_length=12, blank=True)
    workspace_name = models.CharField(_("workspace"), max_length=100, blank=True)
    name = models.CharField(_("name"), max_length=100)
    email = models.EmailField(_("e-mail address"))
    state = models.CharField(_("status"), max_length=10, choices=State.choices, default=State.ACTIVE)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    key_sealed = models.TextField(editable=False)
    guest = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="claims"
    )
    joined_at = models.DateTimeField(_("came"), default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    opened_at = models.DateTimeField(_("first opened"), null=True)
    released_at = models.DateTimeField(_("released"), null=True)
    released_because = models.CharField(_("reason"), max_length=10, blank=True, choices=Because.choices)
    files_until = models.DateTimeField(_("files kept until"), null=True)
    take_home_hash = models.CharField(max_length=64, blank=True, editable=False)
    take_home_sealed = models.TextField(blank=True, editable=False)
    hand_raised_at = models.DateTimeField(_("hand raised"), null=True)
    hand_note = models.CharField(_("question"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        ordering = ("-joined_at",)
        indexes = (
            models.Index(fields=["workshop", "state", "joined_at"], name="claims_of_workshop"),
            models.Index(fields=["take_home_hash"], name="claims_by_take_home"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["workshop", "email"], condition=Q(state__in=("waiting", "active")),
                name="claim_one_per_email",
            ),
            models.UniqueConstraint(fields=["seat"], condition=Q(state="active"), name="claim_one_per_seat"),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(claimed_at__isnull=False), name="claim_active_was_claimed"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """What the leader wrote to one participant; what is for all is in the workshop's row."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="messages")
    text = models.TextField(_("message"))
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-created_at",)


class Backup(models.Model):
    """What a seat was before it was reset; it can be restored until `expires_at`."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="backups")
    claim = models.ForeignKey(Claim, null=True, on_delete=models.SET_NULL, related_name="backups")
    snapshot = models.OneToOneField("workspaces.Snapshot", on_delete=models.PROTECT, related_name="+")
    workspace_public_id = models.CharField(max_length=12)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at",)
