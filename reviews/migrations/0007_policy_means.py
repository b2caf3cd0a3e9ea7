"""The policy says of each severity what the settings say; what was kept before knew only names."""

from django.db import migrations


def fill(apps, schema_editor):
    means = dict(apps.get_model("reviews", "Severity").objects.values_list("name", "description"))
    for row in apps.get_model("articles", "PolicyTerms").objects.all():
        row.severities = [{"means": means.get(level["name"], "")} | level for level in row.severities]
        row.save(update_fields=["severities"])


class Migration(migrations.Migration):
    dependencies = [("reviews", "0006_started_once"), ("articles", "0016_note_of_a_plan")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
