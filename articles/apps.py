"""The articles floor as a Django app."""

from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    """Guides and reading progress."""

    name = "articles"
    label = "articles"
    verbose_name = "Series"

    def ready(self) -> None:
        """What runs as the site ticks; the outbox learns what readers asked to be told."""
        from articles.ifthen import ReadingKind
        from articles.reading import forget_machine_events
        from articles.scheduling import sweep as publish_due
        from articles.stories import StoryKind
        from articles.suggesting import SuggestionKind
        from portal.outbox.subjects import register
        from portal.outbox.sweeps import register_deriver

        register(ReadingKind())
        register(SuggestionKind())
        register(StoryKind())
        register_deriver(forget_machine_events)
        register_deriver(publish_due)
