"""The five severities a site starts with; names and words are edited under Settings."""

from django.db import migrations

SEVERITIES = [
    (1, "SEV1", "Everyone is affected, or data or safety is at risk.", True),
    (2, "SEV2", "Many people cannot do something that matters to them.", True),
    (3, "SEV3", "Some people are slowed down, or there is a way round.", True),
    (4, "SEV4", "Few people notice, and little is lost.", False),
    (5, "SEV5", "Nobody outside the team noticed.", False),
]


def create(apps, schema_editor):
    Severity = apps.get_model("reviews", "Severity")
    for rank, name, description, needs_review in SEVERITIES:
        Severity.objects.get_or_create(
            rank=rank, defaults={"name": name, "description": description, "needs_review": needs_review}
        )


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
