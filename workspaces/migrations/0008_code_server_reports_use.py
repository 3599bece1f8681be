"""The page of our image of VS Code tells by itself when a person uses it."""

from django.db import migrations


def set_it(apps, schema_editor):
    kind = apps.get_model("workspaces", "Kind")
    kind.objects.filter(slug="code-server", image="spaces/code-server").update(reports_use=True)


class Migration(migrations.Migration):
    dependencies = [("workspaces", "0007_projects")]
    operations = [migrations.RunPython(set_it, migrations.RunPython.noop)]
