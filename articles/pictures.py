"""Pictures put into a guide: kept clean, named by their hash, inserted as a figure with its twin."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from articles.models import Edition, Picture, Work
from portal.accounts.models import User, record
from portal.lib.article_checks import PLACEHOLDER_TITLE, PLACEHOLDER_TWIN
from portal.lib.pictures import check_size, redrawn


def keep_picture(work: Work, upload: UploadedFile, *, by: User, at: datetime) -> Picture:
    """The same picture twice is kept once. Raises BadPicture with words for the person."""
    check_size(upload.size)
    clean = redrawn(upload.read())
    sha256 = hashlib.sha256(clean.content).hexdigest()
    values = {
        "content": clean.content,
        "kind": clean.content_type,
        "width": clean.width,
        "height": clean.height,
        "sha256": sha256,
        "uploaded_by": by,
        "uploaded_at": at,
    }
    with transaction.atomic():
        picture, made = Picture.objects.get_or_create(
            work=work, name=f"p{sha256[:20]}.{clean.ending}", defaults=values
        )
        if made:
            record("add picture", "work", work.key, by=by, at=at, name=picture.name)
    return picture


def as_markdown(picture: Picture) -> str:
    """The figure to put into the text; the gate asks for the words that stand in for it."""
    return f'\n\n::figure {picture.name} "{PLACEHOLDER_TITLE}"\n\n:::twin\n{PLACEHOLDER_TWIN}\n:::\n\n'


def is_published(picture: Picture) -> bool:
    """True once a version that readers have, or had, shows it; until then it is the editors' own."""
    return Edition.objects.filter(work=picture.work_id, html__contains=f"/{picture.name}?").exists()
