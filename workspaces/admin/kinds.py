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
from spaces_site.errors import Conflict, Invalid
from workspaces.admin.chips import BUILD_STATES, Chip
from workspaces.admin.each import actor_of
from workspaces.admin.images import images_build
from workspaces.images.folders import PREFIX, image_names, managed_name
from workspaces.limits import check_resources
from workspaces.models import ImageBuild, Kind, Workspace


class KindForm(forms.ModelForm):
    """Refuses what no workspace could be made of."""

    class Meta:
        model = Kind
        fields = (
            "title", "slug", "description", "enabled", "position", "image", "user", "port", "health_path", "memory_mb",
            "cpus", "reports_use",
        )  # fmt: skip
        help_texts = {"image": gettext_lazy("spaces/NAME is built from images/NAME, any other is pulled.")}

    def clean_image(self) -> str:
        image = str(self.cleaned_data["image"]).strip()
        if image.startswith(PREFIX) and ":" not in image and managed_name(image) is None:
            names = ", ".join(f"{PREFIX}{name}" for name in image_names())
            raise forms.ValidationError(_("There is no such folder. Choose one of: %(names)s.") % {"names": names})
        return image

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or self.cleaned_data
        if "memory_mb" in fields and "cpus" in fields:
            try:
                check_resources(None, fields["memory_mb"], fields["cpus"])
            except Invalid as error:
                for field, text in error.details.items():
                    self.add_error(field, text)
        return fields


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
            {"fields": ("image", "image_state", "user", "port", "health_path", "reports_use")},
        ),
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
