"""Uploaded pictures made harmless: decoded, drawn afresh without what the camera wrote, and encoded again."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_FILE = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
WIDEST = 2400  # wider screenshots are scaled down to it
FORMATS = {"PNG": ("image/png", "png"), "JPEG": ("image/jpeg", "jpg"), "WEBP": ("image/webp", "webp")}
_ONLY = "Paste a screenshot, or choose a PNG, JPEG or WebP file."
_TOO_MANY = "That picture has more than 40 million pixels. Please make it smaller."


class BadPicture(ValueError):
    """This is no picture to keep; the message is for the person."""


@dataclass(frozen=True)
class CleanPicture:
    """Nothing but pixels."""

    content: bytes
    content_type: str
    ending: str
    width: int
    height: int


def check_size(size: int | None) -> None:
    """Before anything is read. Raises BadPicture."""
    if (size or 0) > LARGEST_FILE:
        raise BadPicture("That picture is larger than 8 MB. Please make it smaller.")


def redrawn(raw: bytes) -> CleanPicture:
    """The pixels alone, encoded again: no metadata, no second file hidden behind them. Raises BadPicture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(raw), formats=[*FORMATS, "GIF"])
            _refuse(picture)
            kind = picture.format or ""
            upright = ImageOps.exif_transpose(picture)
            upright.load()
    except BadPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadPicture(_TOO_MANY) from None
    except UnidentifiedImageError:
        raise BadPicture(f"That is not a picture this page can show. {_ONLY} SVG is not taken.") from None
    except (OSError, SyntaxError, ValueError, EOFError):
        raise BadPicture(f"That picture is damaged. {_ONLY}") from None
    upright = upright.convert("RGB" if kind == "JPEG" or not _has_alpha(upright) else "RGBA")
    upright.thumbnail((WIDEST, WIDEST * 4))
    clean = Image.new(upright.mode, upright.size)
    clean.paste(upright)
    out = io.BytesIO()
    clean.save(out, kind, **({"optimize": True} if kind == "PNG" else {"quality": 88}))
    content_type, ending = FORMATS[kind]
    return CleanPicture(out.getvalue(), content_type, ending, *clean.size)


def measured(content: bytes) -> tuple[int, int, str]:
    """Width, height and content type of a picture that stays as it is. Raises BadPicture."""
    try:
        picture = Image.open(io.BytesIO(content), formats=list(FORMATS))
        _refuse(picture)
        picture.verify()
    except BadPicture:
        raise
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadPicture(f"It cannot be read as a picture ({error}).") from error
    return picture.width, picture.height, FORMATS[picture.format or ""][0]


def _refuse(picture: Image.Image) -> None:
    if picture.format == "GIF":
        raise BadPicture(f"Moving pictures are not taken. {_ONLY}")
    if picture.width * picture.height > MOST_PIXELS:
        raise BadPicture(_TOO_MANY)


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
