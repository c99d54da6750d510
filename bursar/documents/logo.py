"""A seller's logo, read, checked and encoded once per process; each paper then carries it as it is.

A transparent logo is laid on the colour behind it: transparency is not allowed in archives (PDF/A).
"""

import zlib
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image as Pictures
from PIL import UnidentifiedImageError

from bursar.errors import Misconfigured

FILE_BYTES_MAX = 2 * 1024 * 1024
PIXELS_MAX = 25_000_000
"""A picture may be small as a file and fill the memory of a worker once it is unpacked."""
DPI = 300
"""What a printer shows; more only makes every paper larger."""
_FORMATS = ("PNG", "JPEG")


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A picture ready to be written: its pixels deflated, and the size in points at which it stands."""

    name: str
    pixels: tuple[int, int]
    width_pt: float
    height_pt: float
    data: bytes = field(repr=False)


def read_logo(path: Path, *, width_pt: float, height_pt: float, background: tuple[int, int, int]) -> Logo:
    """Read a PNG or JPEG and fit it into a box. Raises Misconfigured, which names the file and the cure."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise Misconfigured(f"logo {path}: larger than {FILE_BYTES_MAX} bytes; save it smaller")
        with Pictures.open(path, formats=_FORMATS) as opened:
            if opened.width * opened.height > PIXELS_MAX:
                raise Misconfigured(f"logo {path}: more than {PIXELS_MAX} pixels; save it smaller")
            picture = opened.convert("RGBA")
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError) as error:
        raise Misconfigured(f"logo {path}: not a readable PNG or JPEG ({type(error).__name__})") from error
    scale = min(width_pt / picture.width, height_pt / picture.height)
    size_pt = (picture.width * scale, picture.height * scale)
    most = (round(size_pt[0] * DPI / 72), round(size_pt[1] * DPI / 72))
    if picture.width > most[0]:
        picture = picture.resize((max(most[0], 1), max(most[1], 1)), Pictures.Resampling.LANCZOS)
    flat = Pictures.new("RGBA", picture.size, (*background, 255))
    flat.alpha_composite(picture)
    return Logo(
        name="BursarLogo",
        pixels=flat.size,
        width_pt=size_pt[0],
        height_pt=size_pt[1],
        data=zlib.compress(flat.convert("RGB").tobytes(), 9),
    )
