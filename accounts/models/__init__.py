"""The tables of accounts, one module per subject."""

from accounts.models.audit import AuditEvent
from accounts.models.credentials import ApiToken, BrowserSession, EmailCode, SignInLink
from accounts.models.rate import RateWindow
from accounts.models.user import User

__all__ = ["ApiToken", "AuditEvent", "BrowserSession", "EmailCode", "RateWindow", "SignInLink", "User"]
