"""People with an account. They sign in by a code sent to their address; nobody has a password here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.roles import WORKSHOP_LEADER


class UserManager(BaseUserManager["User"]):
    """Makes accounts; addresses are kept in lower case."""

    def create_user(self, email: str, username: str, **fields: Any) -> User:
        """An account without a password. Raises `IntegrityError` when the address or the name is taken."""
        user = self.model(email=email.strip().lower(), username=username, **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, username: str, password: str | None = None, **fields: Any) -> User:
        """A staff account that may do everything; a password is not used."""
        return self.create_user(email, username, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """One person. `max_*` override the site's limits when set: how many workspaces, and how large one may be.

    A guest (`is_guest`) came by a link to a place that somebody else gave them: no address, no sign-in of their own,
    no workspaces, no tokens.
    """

    email = models.EmailField(_("e-mail address"), unique=True)
    username = models.CharField(_("name"), max_length=30)
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("May use the administration."))
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Untick to lock somebody out; nothing is lost.")
    )
    is_guest = models.BooleanField(_("guest"), default=False, editable=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    max_workspaces = models.PositiveIntegerField(_("workspaces at most"), null=True, blank=True)
    max_running = models.PositiveIntegerField(_("running at most"), null=True, blank=True)
    max_memory_mb = models.PositiveIntegerField(
        _("memory of one at most (MiB)"), null=True, blank=True, validators=[MinValueValidator(64)]
    )
    max_cpus = models.FloatField(
        _("CPU cores of one at most"), null=True, blank=True, validators=[MinValueValidator(0.1)]
    )

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["username"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("username",)
        constraints = (
            models.UniqueConstraint(Lower("username"), name="user_username_unique_whatever_case"),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
            models.CheckConstraint(
                condition=models.Q(is_guest=False) | models.Q(is_staff=False, is_superuser=False),
                name="user_guest_is_no_staff",
            ),
        )

    def __str__(self) -> str:
        return self.username

    @property
    def runs_the_site(self) -> bool:
        """Whether they are staff to the platform, which a workshop leader is to the administration's pages alone.

        Asks the database once per instance, and only for somebody who might be.
        """
        might = self.is_staff and not self.is_guest
        return might and (self.is_superuser or not self.is_in_leader_group)

    @cached_property
    def is_in_leader_group(self) -> bool:
        """Half of the answer to `roles.is_leader`, which is the question to ask; kept like Django's permissions."""
        return self.groups.filter(name=WORKSHOP_LEADER).exists()

    def get_full_name(self) -> str:
        return self.username

    def get_short_name(self) -> str:
        return self.username
