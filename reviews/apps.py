"""The reviews floor as a Django app."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Post-mortems and action items."""

    name = "reviews"
    label = "reviews"
    verbose_name = "Post-mortems"

    def ready(self) -> None:
        """Tell the outbox what messages are about, and which sweep heals their planning."""
        from articles.ifthen import register_occasions
        from portal.outbox.subjects import register
        from portal.outbox.sweeps import register_deriver
        from reviews.followups.planner import heal
        from reviews.followups.review_subjects import ReviewKind
        from reviews.followups.subjects import ActionKind
        from reviews.occasions import occasions

        register(ActionKind())
        register(ReviewKind())
        register_occasions(occasions)
        register_deriver(heal)
