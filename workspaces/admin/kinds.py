"""Kinds: what a workspace may be. A change counts for workspaces made from then on, and at the next start of others."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, ProtectedError, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display

from accounts.audit import audit
from spaces_site.errors import Conflict
from workspaces.admin.chips import BUILD_STATES, Chip
from workspaces.admin.each import actor_of
from workspaces.admin.images import images_build
from workspaces.admin.kind_form import KindForm
from workspaces.engine.users import begins_as_root
from workspaces.models import ImageBuild, Kind, Workspace

LINUXSERVER = gettext_lazy(
    "An image of LinuxServer, such as linuxserver/kicad: user root, variables PUID=1000 and PGID=1000, data folder "
    "/config, port 3001 asked by https (or 3000 by http), our bar around it, and “reports its use” ticked. It begins "
    "as root only to become that user, and is never privileged."
)


@admin.register(Kind)
class KindAdmin(ModelAdmin):
    form = KindForm
    list_display = ("title", "slug", "image", "image_state", "port", "memory_mb", "cpus", "workspaces", "enabled")
    list_filter = ("enabled",)
    search_fields = ("title", "slug", "image")
    prepopulated_fields = {"slug": ("title",)}
    actions = ("build",)
    fieldsets = (
        (None, {"fields": ("title", "slug", "description", "enabled", "position")}),
        (
            gettext_lazy("How it runs"),
            {"fields": ("image", "image_state", "user", "environment", "data_path"), "description": LINUXSERVER},
        ),
        (gettext_lazy("Its page"), {"fields": ("port", "scheme", "path", "health_path", "frame", "reports_use")}),
        (gettext_lazy("Its desktop"), {"fields": ("view_port", "picture_path")}),
        (gettext_lazy("How large it is"), {"fields": ("memory_mb", "cpus")}),
    )
    readonly_fields = ("image_state",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Kind]:
        """With the state of its image and how many workspaces there are, in the one query."""
        build = ImageBuild.objects.filter(ref=OuterRef("image"))
        counted = Workspace.objects.filter(kind=OuterRef("pk")).order_by().values("kind").annotate(n=Count("pk"))
        kinds: QuerySet[Kind] = super().get_queryset(request)
        return kinds.annotate(
            build_state=Subquery(build.values("state")[:1]),
            build_percent=Subquery(build.values("percent")[:1]),
            workspace_count=Subquery(counted.values("n")),
        )

    def get_form(self, request: HttpRequest, obj: Kind | None = None, **options: Any) -> type[forms.ModelForm[Kind]]:
        form = super().get_form(request, obj, **options)
        form.may_root = actor_of(request).is_staff  # of a class that was made for this request
        return form

    def has_change_permission(self, request: HttpRequest, obj: Kind | None = None) -> bool:
        """Another image in a kind that begins as root would begin as root: that is for who runs the site to decide."""
        as_root = obj is not None and begins_as_root(obj.user)
        return super().has_change_permission(request, obj) and (not as_root or actor_of(request).is_staff)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Kind | None = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)

    @display(description=gettext_lazy("image is"), ordering="build_state", label=BUILD_STATES)
    def image_state(self, kind: Kind) -> Chip:
        state = ImageBuild.State(getattr(kind, "build_state", None) or ImageBuild.State.WAITING)
        percent = f" {kind.build_percent} %" if state == ImageBuild.State.BUILDING else ""  # type: ignore[attr-defined]
        return Chip(state.value, f"{state.label}{percent}")

    @admin.display(description=gettext_lazy("workspaces"), ordering="workspace_count")
    def workspaces(self, kind: Kind) -> int:
        return getattr(kind, "workspace_count", None) or 0

    @admin.action(description=gettext_lazy("Build or pull the image now"), permissions=["change"])
    def build(self, request: HttpRequest, queryset: QuerySet[Kind]) -> None:
        images_build(request, queryset.values_list("image", flat=True))

    def save_model(self, request: HttpRequest, obj: Kind, form: forms.ModelForm[Kind], change: bool) -> None:
        super().save_model(request, obj, form, change)
        verb = "kind.change" if change else "kind.create"
        audit(actor_of(request), verb, kind=obj.slug, fields=form.changed_data)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """One sentence per kind in use, where Django would list every workspace of it."""
        counts = {kind: Workspace.objects.filter(kind=kind).count() for kind in objs}
        protected = [_in_use(kind, count) for kind, count in counts.items() if count]
        return [str(kind) for kind in counts], {Kind._meta.verbose_name_plural: len(counts)}, set(), protected

    def delete_model(self, request: HttpRequest, obj: Kind) -> None:
        self.delete_queryset(request, Kind.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Kind]) -> None:
        slugs = list(queryset.values_list("slug", flat=True))
        try:
            super().delete_queryset(request, queryset)
        except ProtectedError as problem:  # somebody made a workspace of it after the page that asks
            raise Conflict(_("A workspace of this kind was made in the meantime."), code="KIND_IN_USE") from problem
        for slug in slugs:
            audit(actor_of(request), "kind.delete", kind=slug)


def _in_use(kind: Kind, count: int) -> str:
    text = ngettext(
        "%(kind)s: %(count)d workspace is of this kind. Delete it first, or untick “offered” instead.",
        "%(kind)s: %(count)d workspaces are of this kind. Delete them first, or untick “offered” instead.",
        count,
    )
    return text % {"kind": kind, "count": count}
