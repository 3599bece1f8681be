"""The administration of accounts, one module per table."""

from accounts.admin.audit import AuditEventAdmin
from accounts.admin.groups import GroupAdmin
from accounts.admin.tokens import ApiTokenAdmin
from accounts.admin.users import UserAdmin

__all__ = ["ApiTokenAdmin", "AuditEventAdmin", "GroupAdmin", "UserAdmin"]
