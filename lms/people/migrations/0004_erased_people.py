from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0003_what_a_discharge_ended'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='erased_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='Since then a number stands in the place of the name (lms.privacy).', null=True),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('erased_at', None), models.Q(('email', ''), ('family_name', models.F('login')), ('family_name_latin', ''), ('given_name', ''), ('given_name_latin', ''), ('is_active', False), ('patronymic', ''), ('rank', '')), _connector='OR'), name='erased_without_a_name', violation_error_message='This person’s data were erased.'),
        ),
    ]
