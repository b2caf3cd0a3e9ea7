"""Until now every text came from the folder; said in the rows that tell where a text came from."""

from django.db import migrations

ABOUT = ("title", "kind", "depth", "minutes", "order", "audience", "summary", "owner")


def what_was_imported(apps, schema_editor):
    """Until now every text came from the folder."""
    Edition, Work = apps.get_model("articles", "Edition"), apps.get_model("articles", "Work")
    Publication = apps.get_model("articles", "Publication")
    FolderText = apps.get_model("articles", "FolderText")
    Publication.objects.bulk_create(
        Publication(edition=edition, at=edition.published_at, origin="imported")
        for edition in Edition.objects.only("pk", "published_at")
    )
    for work in Work.objects.select_related("published"):
        meta = {name: getattr(work, name) for name in ABOUT}
        meta["review_by"] = work.review_by.isoformat() if work.review_by else ""
        edition = work.published
        if edition is None:
            continue
        Work.objects.filter(pk=work.pk).update(imported_sha256=edition.sha256)
        FolderText.objects.create(work=work, body=edition.body, meta=meta, at=edition.published_at)


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0003_drafts'),
    ]

    operations = [
        migrations.RunPython(what_was_imported, migrations.RunPython.noop),
    ]
