"""The body that makes a project, as the keywords of `workspace_create`; all that is wrong with it is said at once."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.actors import signed_in
from spaces_site.api.projects.wire.rules import KIND, Rules
from workspaces.services.groups import group_clean
from workspaces.starters import STARTERS

CLONE = "git-clone"
TYPES = ", ".join(f"`{starter.slug}`" for starter in STARTERS)


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}]})
class CoresField(serializers.CharField):
    """`"2"` or 2."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).strip().removesuffix(".0")


def _text(help_text: str, *, trim: bool = True) -> serializers.CharField:
    return serializers.CharField(
        required=False, allow_blank=True, allow_null=True, default="", trim_whitespace=trim, help_text=help_text
    )


def _flag(help_text: str) -> serializers.BooleanField:
    return serializers.BooleanField(required=False, allow_null=True, default=None, help_text=help_text)


class ProjectIn(serializers.Serializer[Any]):
    """`name` and `type` are taken for `projectName` and `projectType` as well, `useProxy` for `proxyMode`."""

    also: ClassVar[dict[str, str]] = {"projectName": "name", "projectType": "type"}

    projectName = _text("Required: 3 to 50 letters, digits, `-`, `_` and single blanks.")  # noqa: N815
    projectType = _text(f"Required: {TYPES}; or another kind of workspace: `kicad`, `blender` …")  # noqa: N815
    passwordProtected = _flag("Ask everybody but the owner for a password.")  # noqa: N815
    password = _text("8 to 50 characters.", trim=False)
    createGitRepo = _flag("Taken, and without effect while there is no git server.")  # noqa: N815
    proxyMode = _text("`none`.")  # noqa: N815
    useProxy = _flag("The old word for `proxyMode`: true means `logging`.")  # noqa: N815
    memoryLimit = _text("`1g`, `2g` (default; `kicad`, `blender` … as they need), `4g`, `8g` or `16g`.")  # noqa: N815
    cpuCores = CoresField(  # noqa: N815
        required=False, allow_blank=True, allow_null=True, default="", help_text="1, 2 (default), 4 or 8."
    )
    group = _text("Made when there is none of that name.")
    gitUrl = _text("For the type `git-clone`, or for a kind: `https://…` or `user@host:path`.")  # noqa: N815
    gitUsername = _text("What the git server is told for a name.")  # noqa: N815
    gitToken = _text("A token for it; used once, and kept nowhere.", trim=False)  # noqa: N815

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        rules = Rules(signed_in(self.context["actor"]))
        starter, kind = rules.starter(attrs["projectType"] or "")
        wanted = {
            "name": rules.name(attrs["projectName"] or ""),
            "kind": kind.slug if kind else KIND,
            "starter": starter,
            "password": rules.password(attrs["passwordProtected"], attrs["password"] or ""),
            "memory_mb": rules.memory_mb(attrs["memoryLimit"] or "", kind),
            "cpus": rules.cpus(attrs["cpuCores"] or "", kind),
            "group": rules.trying("group", group_clean, attrs["group"] or ""),
        }
        wanted["repository"] = rules.repository(attrs, is_clone=starter == CLONE, may_clone=kind is not None)
        rules.proxy_mode(attrs["proxyMode"] or "", bool(attrs["useProxy"]))
        if rules.mistakes:
            raise serializers.ValidationError(rules.mistakes)
        return wanted
