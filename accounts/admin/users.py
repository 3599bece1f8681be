"""People: search, lock, limits. Nobody has a password, and only superusers touch superusers or hand out rights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter

from accounts.actors import Actor
from accounts.admin.guests import GuestFilter
from accounts.admin.own import OwnRows
from accounts.audit import audit
from accounts.guests import is_guest_address
from accounts.models import ApiToken, User
from accounts.services import user_lock, user_unlock, username_for
from spaces_site.errors import SpacesError

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class UserForm(forms.ModelForm):
    """Addresses are kept in lower case. A new account's name follows from its address when left empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and "username" in self.fields:
            self.fields["username"].required = False

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if is_guest_address(email):
            raise forms.ValidationError(_("This address is for guests’ accounts, which make themselves."))
        return email

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or self.cleaned_data
        if not fields.get("username") and "email" in fields and self.instance.pk is None:
            fields["username"] = username_for(fields["email"])
        return fields


@admin.register(User)
class UserAdmin(OwnRows, ModelAdmin):
    form = UserForm
    list_display = ("username", "email", "is_staff", "is_active", "date_joined", "last_login")
    list_filter = (GuestFilter, "is_staff", "is_active", "groups", ("date_joined", RangeDateFilter))
    list_filter_submit = True
    search_fields = ("username", "email")
    ordering = ("username",)
    readonly_fields = ("is_guest", "date_joined", "last_login")
    filter_horizontal = ("groups", "user_permissions")
    actions = ("lock", "unlock")
    fieldsets = (
        (None, {"fields": ("email", "username", "is_active", "is_guest")}),
        (_("Limits"), {"fields": ("max_workspaces", "max_running", "max_memory_mb", "max_cpus")}),
        (_("Rights"), {"fields": RIGHTS}),
        (_("Dates"), {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "username", "is_staff", "groups")}),)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def own_rows(self, user: User) -> Q:
        return Q(pk=user.pk)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """A guest is found in the list, and never offered where a person is to be chosen."""
        found, may_be_twice = super().get_search_results(request, queryset, search_term)
        match = request.resolver_match
        is_choice = match is not None and match.view_name == "admin:autocomplete"
        return (found.exclude(is_guest=True) if is_choice else found), may_be_twice

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        own = ("is_active",) if obj == request.user else ()  # nobody locks themselves out
        guests = ("email", *RIGHTS) if obj and obj.is_guest else ()  # they get no rights, and no address to sign in by
        return (*self.readonly_fields, *own, *guests, *(() if _is_superuser(request) else RIGHTS))

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj) and obj != request.user

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Tokens go with their owner, although nobody may delete one by itself."""
        deleted, counts, needed, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, needed - {ApiToken._meta.verbose_name}, protected

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool) -> None:
        active, locking = obj.is_active, change and "is_active" in form.changed_data
        if locking:
            obj.is_active = not active  # the service does that, with all that belongs to it
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        audit(_actor(request), "user.change" if change else "user.create", email=obj.email, fields=form.changed_data)
        if locking:
            (user_unlock if active else user_lock)(_actor(request), obj)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        audit(_actor(request), "user.delete", email=obj.email)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            audit(_actor(request), "user.delete", email=user.email)
        super().delete_queryset(request, queryset)

    @admin.action(description=_("Lock the selected accounts"), permissions=["change"])
    def lock(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        done = self._each(request, queryset, user_lock)
        text = ngettext("%(count)d account was locked.", "%(count)d accounts were locked.", done)
        self.message_user(request, text % {"count": done}, messages.SUCCESS)

    @admin.action(description=_("Unlock the selected accounts"), permissions=["change"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        done = self._each(request, queryset, user_unlock)
        text = ngettext("%(count)d account was unlocked.", "%(count)d accounts were unlocked.", done)
        self.message_user(request, text % {"count": done}, messages.SUCCESS)

    def _each(self, request: HttpRequest, users: QuerySet[User], service: Callable[[Actor, User], None]) -> int:
        """How many it was done to; says why for each it was not."""
        done = 0
        for user in users:
            if not self.has_change_permission(request, user):
                continue
            try:
                service(_actor(request), user)
                done += 1
            except SpacesError as error:
                self.message_user(request, error.message, messages.ERROR)
        return done


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _may_touch(request: HttpRequest, obj: User | None) -> bool:
    """Who may change a superuser's address can sign in as one."""
    return obj is None or not obj.is_superuser or _is_superuser(request)
