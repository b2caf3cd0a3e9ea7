"""The questions of a work as its recall.yaml has them; each edition stores what readers see of them."""

from django.db import models

from articles.models.series import Work


class Recall(models.Model):
    """One file of questions, kept word for word, so that an export writes it back."""

    work = models.OneToOneField(Work, models.CASCADE, primary_key=True, related_name="recall")
    source = models.TextField()

    def __str__(self) -> str:
        return f"{self.work_id} questions"
