"""The templates that come with the program. Leaders may change them or add to them."""

from django.db import migrations

from workspaces.templating.built_in import built_in_texts
from workspaces.templating.reading import template_parse


def add(apps, schema_editor):
    template = apps.get_model("workspaces", "Template")
    for name, text in built_in_texts().items():
        fields = {"description": template_parse(text).description, "yaml": text, "built_in": True}
        template.objects.get_or_create(name=name, defaults=fields)


class Migration(migrations.Migration):
    dependencies = [("workspaces", "0003_inside")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
