import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0004_erased_people'),
    ]

    operations = [
        migrations.CreateModel(
            name='DataExport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('queued_until', models.DateTimeField(blank=True, null=True)),
                ('made_at', models.DateTimeField(blank=True, null=True)),
                ('file', models.FileField(blank=True, upload_to='exports')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='data_exports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'export of one’s own data',
                'verbose_name_plural': 'exports of one’s own data',
                'ordering': ['-asked_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('made_at', None)), fields=('user',), name='one_export_waiting'), models.CheckConstraint(condition=models.Q(models.Q(('file', ''), ('made_at', None)), models.Q(('made_at__isnull', False), models.Q(('file', ''), _negated=True)), _connector='OR'), name='export_made_with_its_file')],
            },
        ),
    ]
