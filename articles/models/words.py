"""Words that come with the folder of the series and may be changed on the site."""

from django.conf import settings
from django.db import models


class KeptWords(models.Model):
    """Who changed them here and when; from then on an import leaves them alone."""

    edited_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        abstract = True
