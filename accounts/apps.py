"""Accounts: who somebody is, how they prove it, and what they did."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts.roles import ensure_roles

        # Once per app whose permissions the roles name; those are made by an earlier receiver of the same signal.
        for label in ("accounts", "workspaces", "workshop"):
            post_migrate.connect(ensure_roles, sender=apps.get_app_config(label), dispatch_uid=f"roles-{label}")
