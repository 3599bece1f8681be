"""KiCad and Blender, and what a kind may say of an app whose desktop is streamed, or that others have packed."""

import django.core.validators
from django.db import migrations, models
from django.utils.translation import gettext_noop as _

DESKTOP = {"port": 6080, "view_port": 6081, "health_path": "/healthz", "picture_path": "/picture.jpg",
           "frame": "desktop", "reports_use": True, "user": "coder", "cpus": 2}
KINDS = [
    {
        "slug": "kicad",
        "title": "KiCad",
        "description": _("Schematics and circuit boards, with symbols, footprints and a demo project"),
        "image": "spaces/kicad",
        "memory_mb": 2048,
        "position": 20,
    },
    {
        "slug": "blender",
        "title": "Blender",
        "description": _("3D models, animation and rendering"),
        "image": "spaces/blender",
        "memory_mb": 3072,
        "position": 30,
    },
]


def add(apps, schema_editor):
    """A leader's own kind of that name is left alone."""
    kind = apps.get_model("workspaces", "Kind")
    for row in KINDS:
        kind.objects.get_or_create(slug=row["slug"], defaults=DESKTOP | row)


class Migration(migrations.Migration):

    dependencies = [
        ('workspaces', '0010_snapshots'),
    ]

    operations = [
        migrations.AddField(
            model_name='kind',
            name='data_path',
            field=models.CharField(default='/workspace', help_text='Where people’s files are in the container; /config in images of LinuxServer.', max_length=200, validators=[django.core.validators.RegexValidator('^(/[A-Za-z0-9._-]*[A-Za-z0-9_-]){1,8}$')], verbose_name='data folder'),
        ),
        migrations.AddField(
            model_name='kind',
            name='environment',
            field=models.JSONField(blank=True, default=dict, help_text='Names and texts, no secrets: everybody in it can read them.', verbose_name='variables'),
        ),
        migrations.AddField(
            model_name='kind',
            name='frame',
            field=models.CharField(blank=True, choices=[('', 'nothing, the app has the whole window'), ('desktop', 'our page of a streamed desktop'), ('page', 'our bar, and the app’s own page below it')], default='', max_length=10, verbose_name='around it'),
        ),
        migrations.AddField(
            model_name='kind',
            name='path',
            field=models.CharField(default='/', help_text='The page of it that is opened.', max_length=200, validators=[django.core.validators.RegexValidator('^/(?!/)[\\x21-\\x7e]*$')], verbose_name='page'),
        ),
        migrations.AddField(
            model_name='kind',
            name='picture_path',
            field=models.CharField(blank=True, help_text='Answers with a JPEG or PNG of its screen.', max_length=200, verbose_name='small picture'),
        ),
        migrations.AddField(
            model_name='kind',
            name='scheme',
            field=models.CharField(choices=[('http', 'http'), ('https', 'https')], default='http', max_length=5, verbose_name='asked by'),
        ),
        migrations.AddField(
            model_name='kind',
            name='view_port',
            field=models.PositiveIntegerField(default=0, help_text='0 when there is none.', validators=[django.core.validators.MaxValueValidator(65535)], verbose_name='port for looking'),
        ),
        migrations.AddField(
            model_name='workspace',
            name='desktop_menu',
            field=models.BooleanField(default=False, editable=False, verbose_name='menu of programs'),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
