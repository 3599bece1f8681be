"""The mark in the shell history goes by public id, as the file does. Nothing has been taken in before."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workspaces', '0005_spares'),
    ]

    operations = [
        migrations.DeleteModel(name='HistoryMark'),
        migrations.CreateModel(
            name='HistoryMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=12, unique=True)),
                ('offset', models.PositiveBigIntegerField(default=0)),
                ('digest', models.BinaryField(default=b'')),
                ('known', models.BinaryField(default=b'')),
                ('read_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
    ]
