"""One workshop: what its seats are made of, when it is open, and what becomes of it."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workspaces.models import Snapshot, Workspace, WorkspaceGroup
from workspaces.models.kind import DATA_PATH


class Workshop(models.Model):
    """`slug`: name in addresses, `/workshop/<slug>/`. `owner`: its leader, who owns the seats' workspaces too.

    `snapshot`: the prepared state that every seat is made of, a copy of `source` of one moment; None while that is
    still to be taken. `adopts`: the text of the setting WORKSHOP_GROUP for the workshop whose seats are all workspaces
    of that name or group, else "". `seats_wanted`: so many there shall be; `seats_most`: so many at most, when people
    wait and more are made by themselves. `access_code_sealed`: encrypted, "" for none. `network_mode` "" and
    `memory_mb` None: as the source has it. `language` "": as the browser asks. `no_show_minutes`: a seat that was
    claimed and not opened for so long is taken back; 0 for never. `grace_hours`: so long after the end its seats stay;
    `keep_hours`: so long the files of a released seat. `state` changes only through `transitions.workshop_move`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("being prepared")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")
        ENDED = "ended", _("over")

    class AtEnd(models.TextChoices):
        STOP = "stop", _("stop the seats, and delete them after the time of grace")
        KEEP = "keep", _("leave the seats as they are")
        DELETE = "delete", _("delete the seats at once")

    class Language(models.TextChoices):
        BROWSER = "", _("as the browser asks")
        GERMAN = "de", _("German")
        ENGLISH = "en", _("English")

    class Network(models.TextChoices):
        AS_SOURCE = "", _("as the prepared workspace")
        INTERNET = "internet", _("internet")
        LAN = "lan", _("internet and the network around the machine")
        NONE = "none", _("no network")

    slug = models.CharField(
        _("name in the address"), max_length=40, unique=True,
        validators=[RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")],
    )  # fmt: skip
    title = models.CharField(_("title"), max_length=100)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("leader"), on_delete=models.PROTECT, related_name="workshops"
    )
    source = models.ForeignKey(
        Workspace, verbose_name=_("prepared workspace"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    snapshot = models.ForeignKey(Snapshot, null=True, on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey(
        WorkspaceGroup, verbose_name=_("group"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    adopts = models.CharField(_("takes in seats of"), max_length=100, blank=True, editable=False)
    seats_wanted = models.PositiveIntegerField(_("seats"), default=0)
    seats_most = models.PositiveIntegerField(_("seats at most"), default=0)
    language = models.CharField(_("language"), max_length=2, blank=True, choices=Language.choices)
    access_code_sealed = models.TextField(blank=True, editable=False)
    network_mode = models.CharField(_("network"), max_length=10, blank=True, choices=Network.choices)
    memory_mb = models.PositiveIntegerField(_("memory (MiB)"), null=True, blank=True)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    at_end = models.CharField(_("at the end"), max_length=10, choices=AtEnd.choices, default=AtEnd.STOP)
    grace_hours = models.PositiveIntegerField(_("time of grace (hours)"), default=72)
    keep_hours = models.PositiveIntegerField(_("files of released seats are kept for (hours)"), default=72)
    no_show_minutes = models.PositiveIntegerField(_("unused seats are taken back after (minutes)"), default=0)
    state = models.CharField(_("status"), max_length=10, choices=State.choices, default=State.DRAFT)
    problem = models.TextField(_("reason"), blank=True)
    message = models.TextField(_("message to all"), blank=True)
    message_at = models.DateTimeField(_("message since"), null=True, blank=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    state_changed_at = models.DateTimeField(_("status since"), default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("workshop")
        verbose_name_plural = _("workshops")
        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=["owner", "-created_at"], name="workshops_of_leader"),
            models.Index(fields=["state"], name="workshops_for_the_round"),
        )
        constraints = (
            models.UniqueConstraint(fields=["adopts"], condition=~Q(adopts=""), name="workshop_adopts_once"),
            models.CheckConstraint(condition=Q(seats_most__gte=F("seats_wanted")), name="workshop_seats_most_is_most"),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "open", "closed", "ended")), name="workshop_state_is_known"
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def data_path(self) -> str:
        """The folder that the seats keep their data in; the usual one when the prepared workspace is gone."""
        return self.source.kind.data_path if self.source else DATA_PATH


class Seat(models.Model):
    """A place in a workshop, and the workspace that is on it now: another one after each release.

    `ready_at`: when that was first ready, paused and warm; None while it is made. `problem`: why there is none. The
    figures are of `sampled_at`, and only kept up while somebody watches. `failing`: commands that failed one after the
    other, up to the last one. `attempts`: how often in a row making it has failed.
    """

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="seats", verbose_name=_("workshop"))
    number = models.PositiveIntegerField(_("number"))
    workspace = models.OneToOneField(
        Workspace, null=True, on_delete=models.SET_NULL, related_name="seat", verbose_name=_("workspace")
    )
    ready_at = models.DateTimeField(_("ready"), null=True)
    problem = models.TextField(_("reason"), blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    cpu_percent = models.FloatField(_("CPU"), null=True)
    memory_bytes = models.PositiveBigIntegerField(_("memory"), null=True)
    failing = models.PositiveIntegerField(_("commands failed in a row"), default=0)
    sampled_at = models.DateTimeField(_("last measured"), null=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ("workshop", "number")
        constraints = (models.UniqueConstraint(fields=["workshop", "number"], name="seat_number_once"),)

    def __str__(self) -> str:
        return f"{self.workshop} {self.number}"
