"""The tables of the series: what is published, its sources, and each reader's own progress."""

from articles.models.drafts import Draft, DraftSave, FolderText, Picture, Publication
from articles.models.intentions import IfThen, SuggestedTo, Suggestion
from articles.models.paths import Hub, Path, PathFollow, PathStep
from articles.models.policy import PolicyTerms
from articles.models.progress import Finish, Grade, ReadingEvent, Resume, SectionState
from articles.models.questions import Recall
from articles.models.series import Edition, Figure, Section, SectionText, Work
from articles.models.sources import Claim, ClaimUse
from articles.models.voices import Remark, Story

__all__ = [
    "Claim",
    "ClaimUse",
    "Draft",
    "DraftSave",
    "Edition",
    "Figure",
    "Finish",
    "FolderText",
    "Grade",
    "Hub",
    "IfThen",
    "Path",
    "PathFollow",
    "PathStep",
    "Picture",
    "PolicyTerms",
    "Publication",
    "ReadingEvent",
    "Recall",
    "Remark",
    "Resume",
    "Section",
    "SectionState",
    "SectionText",
    "Story",
    "SuggestedTo",
    "Suggestion",
    "Work",
]
