"""The site's own lists that post-mortems choose from: severities and services."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.text import slugify

from reviews.models import Service, Severity


class SeverityForm(forms.ModelForm):
    """One severity in words; ranks stay as they are, because reminders and reports rest on them."""

    class Meta:
        model = Severity
        fields: ClassVar[list[str]] = ["name", "description", "needs_review"]


class ServiceForm(forms.ModelForm):
    """Something incidents happen to."""

    class Meta:
        model = Service
        fields: ClassVar[list[str]] = ["name"]

    def clean_name(self) -> str:
        """One service per name, whatever the case."""
        name: str = self.cleaned_data["name"].strip()
        same = Service.objects.filter(name__iexact=name).exclude(pk=self.instance.pk)
        if same.exists():
            raise forms.ValidationError("A service has this name already.")
        return name

    def save(self, commit: bool = True) -> Any:
        """Save with an address of its own."""
        stem, number = slugify(self.cleaned_data["name"])[:70] or "service", 1
        slug = stem
        while Service.objects.filter(slug=slug).exclude(pk=self.instance.pk).exists():
            number += 1
            slug = f"{stem}-{number}"
        if self.instance.pk:
            self.instance.save(update_fields=["name"])
        else:
            self.instance.slug = slug
            self.instance.save()
        return self.instance
