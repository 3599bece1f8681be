"""Accounts: made by whoever can read a mailbox, and looked after by staff."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor, full_member
from accounts.audit import audit
from accounts.models import User
from accounts.roles import runs_the_site
from accounts.services.codes import code_check, code_use
from accounts.services.fields import code_clean, email_clean, username_clean
from accounts.services.sessions import sessions_end
from spaces_site.errors import Conflict, Forbidden, NotFound


def user_signup(actor: Actor, *, email: str, username: str, code: str) -> User:
    """A new account for who knows the code sent to `email`; the code is used.

    Raises `Invalid` (EMAIL_…, USERNAME_…, CODE_REQUIRED, CODE_INVALID), and only to who knows the code `Conflict`
    (EMAIL_TAKEN, USERNAME_TAKEN), which leaves it good for another name, or for signing in.
    """
    email, code, username = email_clean(email), code_clean(code), username_clean(username)
    row = code_check(actor, email, code)
    _check_free(email, username)
    try:
        with transaction.atomic():
            code_use(row)
            user = User.objects.create_user(email, username)
            audit(replace(actor, user=user), "user.sign_up", username=username)
    except IntegrityError:
        _check_free(email, username)  # somebody else was faster: say which of the two is taken
        raise
    return user


def user_login(actor: Actor, *, email: str, code: str) -> User:
    """The account of who knows the code sent to `email`; the code is used.

    Raises `Invalid` (EMAIL_…, CODE_REQUIRED, CODE_INVALID), and only to who knows the code `NotFound`
    (USER_NOT_FOUND), which leaves it good for signing up, or `Forbidden` (ACCOUNT_LOCKED).
    """
    email = email_clean(email)
    row = code_check(actor, email, code)
    user = User.objects.filter(email=email).first()
    if user is None:
        raise NotFound(_("User not found. Please sign up first."), code="USER_NOT_FOUND")
    check_unlocked(actor, user)
    with transaction.atomic():
        code_use(row)
        audit(replace(actor, user=user), "code.use")
    return user


def check_unlocked(actor: Actor, user: User) -> None:
    """Raises `Forbidden` (ACCOUNT_LOCKED), and writes the refusal, when the account is locked."""
    if not user.is_active:
        audit(replace(actor, user=user), "user.sign_in_refused", reason="locked")
        raise Forbidden(_("This account is locked. Ask the administrator."), code="ACCOUNT_LOCKED")


def user_ensure(email: str, *, staff: bool = False, username: str | None = None) -> User:
    """The account of `email`, made when there is none. With `staff` it may do everything afterwards. Twice is fine."""
    email = email_clean(email)
    wanted = username_clean(username) if username else username_for(email)
    user = User.objects.filter(email=email).first() or _create(email, wanted)
    if staff and not (user.is_staff and user.is_superuser):
        User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
        user.refresh_from_db()
        audit(SYSTEM, "user.promote", email=email)
    return user


def user_update(actor: Actor, *, username: str | None = None) -> User:
    """The actor's account with the new name; None leaves it. Raises USERNAME_INVALID, USERNAME_TAKEN, GUEST."""
    user = full_member(actor)
    if username is None:
        return user
    username = username_clean(username)
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(username=username)
            if username != user.username:
                audit(actor, "user.update", username=username, before=user.username)
    except IntegrityError:
        raise _username_taken() from None
    user.username = username
    return user


def user_lock(actor: Actor, user: User) -> None:
    """Afterwards `user` is locked out and signed out everywhere; nothing is lost. Who may is the admin's permission."""
    if actor.user == user:
        raise Conflict(_("You cannot lock your own account."), code="OWN_ACCOUNT")
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            sessions_end(user)
            audit(actor, "user.lock", email=user.email)
    user.is_active = False


def user_unlock(actor: Actor, user: User) -> None:
    """Afterwards `user` may sign in again."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            audit(actor, "user.unlock", email=user.email)
    user.is_active = True


def owner() -> User:
    """Whose every request is when `AUTH_DISABLED`: the first staff account, made when there is none."""
    first = User.objects.filter(runs_the_site(), is_active=True).order_by("pk").first()
    return first or user_ensure(settings.ADMIN_EMAIL, staff=True)


def _check_free(email: str, username: str) -> None:
    if User.objects.filter(email=email).exists():
        raise Conflict(_("Email already registered"), code="EMAIL_TAKEN")
    if User.objects.filter(username__iexact=username).exists():
        raise _username_taken()


def _username_taken() -> Conflict:
    message = _("Username already taken")
    return Conflict(message, code="USERNAME_TAKEN", details={"username": message})


def username_for(email: str) -> str:
    """A free username made of the address."""
    base = re.sub(r"[^a-zA-Z0-9_-]+", "-", email.partition("@")[0]).strip("-")[:24].ljust(3, "0")
    name = base
    while User.objects.filter(username__iexact=name).exists():
        name = f"{base}-{secrets.token_hex(2)}"
    return name


def _create(email: str, username: str) -> User:
    """The account, also when somebody else makes it at this moment."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, username)
            audit(SYSTEM, "user.create", email=email)
            return user
    except IntegrityError:
        if theirs := User.objects.filter(email=email).first():
            return theirs
        raise _username_taken() from None
