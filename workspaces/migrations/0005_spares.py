from django.db import migrations, models

import workspaces.models.workspace


class Migration(migrations.Migration):

    dependencies = [
        ('workspaces', '0004_templates'),
    ]

    operations = [
        migrations.CreateModel(
            name='Spare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=workspaces.models.workspace.new_public_id, max_length=12, unique=True)),
                ('ready', models.BooleanField(default=False)),
            ],
        ),
    ]
