"""Indexes that others begin with, or that nothing asks: each is written several times a call."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0051_fewer_indexes'),
        ('routing', '0023_dialled_calls'),
    ]

    operations = [
        migrations.AlterField(
            model_name='call',
            name='customer',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='customers.customer'),
        ),
        migrations.AlterField(
            model_name='call',
            name='domain',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='routing.domain'),
        ),
        migrations.AlterField(
            model_name='reservation',
            name='agent',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='routing.agent'),
        ),
        migrations.AlterField(
            model_name='reservation',
            name='domain',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='routing.domain'),
        ),
    ]
