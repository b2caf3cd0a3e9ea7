"""The tables of the work: shapes, post-mortems, their rows, action items and revisions."""

from reviews.models.actions import ActionEvent, ActionItem
from reviews.models.review import Answer, Image, Label, Participant, Review, Service, Severity
from reviews.models.revisions import Revision
from reviews.models.rows import Factor, TimelineRow
from reviews.models.shapes import Shape, ShapeVersion
from reviews.models.ticks import Tick

__all__ = [
    "ActionEvent",
    "ActionItem",
    "Answer",
    "Factor",
    "Image",
    "Label",
    "Participant",
    "Review",
    "Revision",
    "Service",
    "Severity",
    "Shape",
    "ShapeVersion",
    "Tick",
    "TimelineRow",
]
