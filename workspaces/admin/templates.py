"""Templates: the same strict check as everywhere. A change counts for workspaces made from then on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from workspaces.admin.each import actor_of
from workspaces.models import Template
from workspaces.templating import template_check, template_delete, template_put


class TemplateForm(forms.ModelForm):
    """The text is all there is to type: name and description are in it."""

    class Meta:
        model = Template
        fields = ("yaml",)
        widgets = {"yaml": UnfoldAdminTextareaWidget(attrs={"rows": 24, "spellcheck": "false", "class": "font-mono"})}
        help_texts = {"yaml": gettext_lazy("The page “Templates” has an editor that says mistakes while you type.")}

    def clean_yaml(self) -> str:
        """Raises a `ValidationError` with every mistake."""
        text = str(self.cleaned_data["yaml"])
        mistakes = template_check(text, replaces=self.instance.name).mistakes
        if mistakes:
            words = _("Line %(line)d: %(message)s")
            raise forms.ValidationError([words % {"line": one.line, "message": one.message} for one in mistakes])
        return text


@admin.register(Template)
class TemplateAdmin(ModelAdmin):
    form = TemplateForm
    list_display = ("name", "description", "built_in", "updated_at")
    list_filter = ("built_in",)
    search_fields = ("name", "description")
    readonly_fields = ("name", "description", "built_in", "updated_at")

    def get_fields(self, request: HttpRequest, obj: Template | None = None) -> tuple[str, ...]:
        return ("name", "description", "built_in", "updated_at", "yaml") if obj else ("yaml",)

    def save_model(self, request: HttpRequest, obj: Template, form: forms.ModelForm[Template], change: bool) -> None:
        saved = template_put(actor_of(request), obj.yaml, replaces=obj.name)
        obj.pk, obj.name = saved.pk, saved.name

    def has_delete_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        return not (obj and obj.built_in) and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Those that came with the program are said to be in the way, whoever ticked them."""
        names, count, needed, protected = super().get_deleted_objects(objs, request)
        words = _("%(name)s came with the program and stays.")
        return names, count, needed, [*protected, *(words % {"name": one} for one in objs if one.built_in)]

    def delete_model(self, request: HttpRequest, obj: Template) -> None:
        template_delete(actor_of(request), obj.name)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        for template in queryset.filter(built_in=False):
            template_delete(actor_of(request), template.name)
