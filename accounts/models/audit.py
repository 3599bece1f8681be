"""What happened, who did it and from where. Rows are added and never changed or deleted."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def _refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
    raise TypeError("Audit events are added, and neither changed nor deleted.")


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Reads, and adds; whatever would change or delete a row raises `TypeError`."""

    update = bulk_update = update_or_create = delete = _raw_delete = _update = _refuse

    def bulk_create(self, objs: Any, *args: Any, **options: Any) -> Any:
        """As usual, but never over a row that is there."""
        if args or options.get("update_conflicts"):
            _refuse()
        return super().bulk_create(objs, **options)


class AuditEvent(models.Model):
    """One event. `workspace` is a public id; the names are copies, so that they outlive what they name.

    `owner`: whose workspace it was then, who may read of it therefore. The numbers of the two people stay when their
    accounts go, since taking them out would be a change: ask for the names, or look for the number.
    """

    at = models.DateTimeField(_("time"), default=timezone.now)
    action = models.CharField(_("what"), max_length=60)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    actor_name = models.CharField(_("name then"), max_length=254, blank=True)
    workspace = models.CharField(_("workspace"), max_length=12, blank=True)
    workspace_name = models.CharField(_("its name then"), max_length=100, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner then"),
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    request_id = models.CharField(_("request"), max_length=36, blank=True)
    meta: models.JSONField[dict[str, Any]] = models.JSONField(_("details"), default=dict, blank=True)

    objects: ClassVar[models.Manager[AuditEvent]] = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ("-at", "-id")
        base_manager_name = "objects"
        indexes = (
            models.Index(fields=["workspace", "-at"], name="audit_of_workspace"),
            models.Index(fields=["actor", "-at"], name="audit_of_actor"),
            models.Index(fields=["owner", "-at"], name="audit_of_owner"),
            models.Index(fields=["action", "-at"], name="audit_of_action"),
            models.Index(fields=["-at"], name="audit_newest"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action}"

    def save(self, **options: Any) -> None:
        """Add it. Raises `TypeError` for one that is there already."""
        if not self._state.adding:
            _refuse()
        super().save(**options | {"force_insert": True})

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        _refuse()
