"""The kinds that come with the platform. Leaders may change or add to them."""

from django.db import migrations
from django.utils.translation import gettext_noop as _

KINDS = [
    {
        "slug": "code-server",
        "title": "VS Code",
        "description": _("An editor with terminal, git, Python, Node and build tools"),
        "image": "spaces/code-server",
        "port": 8080,
        "health_path": "/healthz",
        "memory_mb": 2048,
        "cpus": 2,
        "position": 10,
    },
    {
        "slug": "terminal",
        "title": "Terminal",
        "description": _("A Linux shell with git, Python, Node, tmux and build tools"),
        "image": "spaces/terminal",
        "port": 0,
        "health_path": "/",
        "memory_mb": 1024,
        "cpus": 1,
        "position": 40,
    },
]


def add(apps, schema_editor):
    kind = apps.get_model("workspaces", "Kind")
    for row in KINDS:
        kind.objects.get_or_create(slug=row["slug"], defaults=row)


class Migration(migrations.Migration):
    dependencies = [("workspaces", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
