"""The editor leaves port 8080 to people's programs. In containers that are there already it stays where it is."""

from django.db import migrations, models

EDITOR = {"slug": "code-server", "image": "spaces/code-server"}
OLD, NEW = 8080, 13337


def move(apps, schema_editor):
    """A leader's own choice of image or port is left alone."""
    moved = apps.get_model("workspaces", "Kind").objects.filter(**EDITOR, port=OLD)
    apps.get_model("workspaces", "Workspace").objects.filter(kind__in=moved).exclude(container_id="").update(app_port=OLD)
    moved.update(port=NEW)


def move_back(apps, schema_editor):
    apps.get_model("workspaces", "Kind").objects.filter(**EDITOR, port=NEW).update(port=OLD)


class Migration(migrations.Migration):

    dependencies = [
        ("workspaces", "0008_code_server_reports_use"),
    ]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="app_port",
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.RunPython(move, move_back),
    ]
