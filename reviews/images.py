"""Screenshots in a post-mortem: made harmless, renamed, and kept with it."""

from __future__ import annotations

from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from portal.accounts.models import User, record
from portal.lib.ids import uuid7
from portal.lib.pictures import BadPicture, check_size, redrawn
from reviews.fields import Refused
from reviews.models import Image, Review


def keep_image(review: Review, upload: UploadedFile, *, alt: str, by: User, at: datetime) -> Image:
    """Store a clean copy of an uploaded picture; raises Refused with words for the person."""
    try:
        check_size(upload.size)
        clean = redrawn(upload.read())
    except BadPicture as error:
        raise Refused(str(error)) from None
    image_id = uuid7()
    with transaction.atomic():
        image = Image(
            id=image_id,
            review=review,
            content_type=clean.content_type,
            width=clean.width,
            height=clean.height,
            alt=" ".join(alt.split())[:300],
            uploaded_by=by,
            uploaded_at=at,
        )
        image.file.save(f"{image_id}.{clean.ending}", ContentFile(clean.content), save=False)
        image.save(force_insert=True)
        record("added image", "review", review.pk, by=by, at=at, image=str(image_id))
    return image
