"""A seller's look: colours, logo, fonts and footer, from one TOML file per theme. A new theme needs no code.

Everything is read and checked once per process. A theme names files beside itself, never elsewhere.
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from reportlab.pdfbase.ttfonts import TTFError

from bursar.documents.display import Color
from bursar.documents.logo import Logo, read_logo
from bursar.documents.typefaces import BOLD, REGULAR, adopt
from bursar.errors import Misconfigured

DEFAULT = "default"
FOLDER = Path(__file__).parent / "themes"
LOGO_WIDTH_PT, LOGO_HEIGHT_PT = 150.0, 46.0
FOOTER_LINES_MAX, FOOTER_LENGTH_MAX = 3, 160
CONTRAST_MIN = 4.5
"""Between text and what it stands on (WCAG 2.2, success criterion 1.4.3)."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_WHITE = "#FFFFFF"


def _hex_color(text: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise ValueError("a colour is six hexadecimal digits, such as #1B3155")
    return text


_Hex = Annotated[str, AfterValidator(_hex_color)]
_FooterLine = Annotated[str, Field(max_length=FOOTER_LENGTH_MAX)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Colors(_Section):
    brand: _Hex
    on_brand: _Hex = _WHITE
    accent: _Hex


class _Fonts(_Section):
    regular: str
    bold: str


class _File(_Section):
    """What a theme's file may say."""

    colors: _Colors
    logo: str | None = None
    fonts: _Fonts | None = None
    footer: Annotated[list[_FooterLine], Field(max_length=FOOTER_LINES_MAX)] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A look, ready to draw with. `fingerprint` is empty for the one that comes with Bursar."""

    brand: Color
    on_brand: Color
    on_brand_muted: Color
    accent: Color
    regular: str
    bold: str
    logo: Logo | None
    footer: tuple[str, ...]
    fingerprint: str


@cache
def load_theme(name: str = DEFAULT, folder: Path | None = None) -> Theme:
    """Read the theme `<folder>/<name>.toml`, or the one that comes with Bursar.

    Raises Misconfigured, which names the file, the key and the cure. Cached: papers of one process look alike
    even while the file is being edited; restart the workers of the queue `documents` to see a change.
    """
    if not _NAME.fullmatch(name):
        raise Misconfigured(f"theme {name!r}: a name is 1-40 of a-z, 0-9, - and _")
    path = (folder or FOLDER) / f"{name}.toml"
    if name == DEFAULT and not path.is_file():
        path = FOLDER / f"{name}.toml"
    said, data = _parsed(path)
    _check_contrast(path, "colors.on_brand on colors.brand", said.colors.on_brand, said.colors.brand)
    _check_contrast(path, "colors.brand on white", said.colors.brand, _WHITE)
    brand = _rgb(said.colors.brand)
    files = [data]
    return Theme(
        brand=_color(brand),
        on_brand=_color(_rgb(said.colors.on_brand)),
        on_brand_muted=_blend(_color(_rgb(said.colors.on_brand)), _color(brand), 0.82),
        accent=_color(_rgb(said.colors.accent)),
        regular=_font(path, said.fonts.regular if said.fonts else None, REGULAR, files),
        bold=_font(path, said.fonts.bold if said.fonts else None, BOLD, files),
        logo=_logo(path, said.logo, brand, files),
        footer=tuple(said.footer),
        fingerprint="" if path.parent == FOLDER else hashlib.sha256(b"".join(files)).hexdigest()[:12],
    )


def _parsed(path: Path) -> tuple[_File, bytes]:
    try:
        data = path.read_bytes()
        return _File.model_validate(tomllib.loads(data.decode())), data
    except OSError as error:
        raise Misconfigured(f"theme {path}: {error.strerror}; put it there or set BURSAR_THEMES") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise Misconfigured(f"theme {path}: {wrong}") from error
    except ValueError as error:
        raise Misconfigured(f"theme {path}: not TOML: {error}") from error


def _beside(path: Path, name: str, files: list[bytes]) -> Path:
    """Find a file that the theme names: in its own folder, wherever the name tries to lead."""
    found = (path.parent / name).resolve()
    if not found.is_relative_to(path.parent.resolve()):
        raise Misconfigured(f"theme {path}: {name!r} lies outside the folder of the theme; move it there")
    try:
        files.append(found.read_bytes())
    except OSError as error:
        raise Misconfigured(f"theme {path}: {name!r}: {error.strerror}; put it beside the theme") from error
    return found


def _font(path: Path, name: str | None, instead_of: str, files: list[bytes]) -> str:
    if name is None:
        return instead_of
    found = _beside(path, name, files)
    try:
        return adopt(found, instead_of)
    except TTFError as error:
        raise Misconfigured(f"theme {path}: {name!r} is no TrueType font: {error}") from error


def _logo(path: Path, name: str | None, brand: tuple[int, int, int], files: list[bytes]) -> Logo | None:
    if name is None:
        return None
    found = _beside(path, name, files)
    return read_logo(found, width_pt=LOGO_WIDTH_PT, height_pt=LOGO_HEIGHT_PT, background=brand)


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _color(rgb: tuple[int, int, int]) -> Color:
    red, green, blue = (round(each / 255, 3) for each in rgb)
    return red, green, blue


def _blend(front: Color, back: Color, share: float) -> Color:
    red, green, blue = (round(share * f + (1 - share) * b, 3) for f, b in zip(front, back, strict=True))
    return red, green, blue


def _check_contrast(path: Path, what: str, front: str, back: str) -> None:
    lighter, darker = sorted((_luminance(front), _luminance(back)), reverse=True)
    ratio = (lighter + 0.05) / (darker + 0.05)
    if ratio < CONTRAST_MIN:
        raise Misconfigured(f"theme {path}: {what}: contrast {ratio:.1f}, readable from {CONTRAST_MIN} on")


def _luminance(text: str) -> float:
    """Relative luminance (WCAG 2.2, definitions)."""
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
        for each in (value / 255 for value in _rgb(text))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
