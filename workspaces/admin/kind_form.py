"""The form of a kind: refuses what no workspace could be made of, or what would put one's files in the wrong place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from spaces_site.errors import Invalid
from workspaces.engine.users import begins_as_root
from workspaces.images.folders import PREFIX, image_names, managed_name
from workspaces.limits import check_resources
from workspaces.models import Kind, Workspace
from workspaces.services.environment import environment_parse

SYSTEM_FOLDERS = frozenset(
    ("bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "mnt", "proc", "run", "sbin", "sys", "tmp", "usr")
)
"""Neither they nor anything in them can be a volume. (In /mnt is what a snapshot copies, while it is made.)"""
SHARED_FOLDERS = frozenset(("/home", "/media", "/opt", "/root", "/srv", "/var"))
"""What is in them can be one, but not they."""
_PATH = RegexValidator(r"^/(?!/)[\x21-\x7e]*\Z", gettext_lazy("Write a path that begins with one slash."))


class VariablesField(forms.CharField):
    """Variables as one NAME=value per line; its value is a dict of them."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return _lines(value) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        try:
            return environment_parse(str(value or ""))
        except Invalid as error:
            raise forms.ValidationError(error.message) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or {}))
        except forms.ValidationError:
            return True


class KindForm(forms.ModelForm):
    """`may_root`: whether who fills it in may have an image begin as root."""

    may_root = False

    environment = VariablesField(
        label=gettext_lazy("Variables"),
        required=False,
        help_text=gettext_lazy(
            "One NAME=value per line, no secrets: who is in the workspace can read them. What its owner sets wins."
        ),
    )

    class Meta:
        model = Kind
        fields = (
            "title", "slug", "description", "enabled", "position", "image", "user", "environment", "data_path", "port",
            "scheme", "path", "health_path", "frame", "view_port", "picture_path", "reports_use", "memory_mb", "cpus",
        )  # fmt: skip
        help_texts = {
            "image": gettext_lazy("spaces/NAME is built from images/NAME, any other is pulled."),
            "user": gettext_lazy("Whom it begins as. Only who runs the site may choose root, for images that need it."),
            "data_path": gettext_lazy(
                "Where people’s files are in the container: /workspace in ours, /config in those of LinuxServer."
            ),
            "scheme": gettext_lazy("Any certificate is good: nothing else is in the container’s network."),
            "view_port": gettext_lazy("Where its desktop shows itself to who may only look. 0 when there is none."),
            "picture_path": gettext_lazy(
                "Path on its port that answers with a JPEG or PNG of its screen, 300 kB at most. Empty when none does."
            ),
            "reports_use": gettext_lazy(
                "What people type and where they point counts as use, not what its page sends by itself. Tick it where "
                "something is around the app, or where its page loads /_spaces/here.js."
            ),
        }

    def clean_image(self) -> str:
        image = str(self.cleaned_data["image"]).strip()
        if image.startswith(PREFIX) and ":" not in image and managed_name(image) is None:
            names = ", ".join(f"{PREFIX}{name}" for name in image_names())
            raise forms.ValidationError(_("There is no such folder. Choose one of: %(names)s.") % {"names": names})
        return image

    def clean_user(self) -> str:
        user = str(self.cleaned_data["user"])
        if begins_as_root(user) and not self.may_root:
            raise forms.ValidationError(_("Only who runs the site may have an image begin as root."))
        return user

    def clean_data_path(self) -> str:
        path = str(self.cleaned_data["data_path"])
        if path.lstrip("/").partition("/")[0] in SYSTEM_FOLDERS or path in SHARED_FOLDERS:
            raise forms.ValidationError(_("This folder is the system’s. Choose another, such as /config."))
        if "data_path" in self.changed_data and Workspace.objects.filter(kind=self.instance.pk).exists():
            raise forms.ValidationError(
                _("There are workspaces of this kind, whose files are where they are. Make another kind instead.")
            )
        return path

    def clean_health_path(self) -> str:
        return self._path("health_path")

    def clean_picture_path(self) -> str:
        return self._path("picture_path") if self.cleaned_data["picture_path"] else ""

    def _path(self, field: str) -> str:
        path = str(self.cleaned_data[field])
        _PATH(path)
        return path

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or self.cleaned_data
        if "memory_mb" in fields and "cpus" in fields:
            try:
                check_resources(None, fields["memory_mb"], fields["cpus"])
            except Invalid as error:
                for field, text in error.details.items():
                    self.add_error(field, text)
        self._check_page(fields)
        return fields

    def _check_page(self, fields: dict[str, Any]) -> None:
        """What is said of its page, it has; and who may only look is not let in where everybody works."""
        port, view_port = fields.get("port"), fields.get("view_port")
        if view_port and view_port == port:
            self.add_error("view_port", _("This is the port where people work. Looking needs one of its own."))
        if port != 0:
            return
        if fields.get("scheme") == Kind.Scheme.HTTPS:
            self.add_error("scheme", _("Without a port there is nothing to be asked."))
        for field in ("frame", "view_port", "picture_path"):
            if fields.get(field):
                self.add_error(field, _("Only an app with a port has this."))


def _lines(variables: dict[str, str]) -> str:
    return "\n".join(f"{name}={value}" for name, value in variables.items())
