"""django-markdownx's editor with our own addresses, and the text as readers get it beside it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from markdownx.widgets import MarkdownxWidget

LATENCY_MS = 1000  # so that typing alone stays below the limit of previews in a minute


class GuideWidget(MarkdownxWidget):
    """The widget of one guide; ``shown`` is the preview before the script has asked for one."""

    template_name = "editing/_markdownx.html"

    def __init__(self, key: str, shown: SafeString) -> None:
        super().__init__(attrs={"spellcheck": "true"})
        self.key, self.shown = key, shown

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The addresses of this guide in place of the ones that markdownx would mount."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["attrs"] |= {
            "data-markdownx-urls-path": reverse("editing:preview", args=[self.key]),
            "data-markdownx-upload-urls-path": reverse("editing:upload", args=[self.key]),
            "data-markdownx-editor-resizable": "False",
            "data-markdownx-latency": str(LATENCY_MS),
        }
        return context | {"shown": self.shown}
