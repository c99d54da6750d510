import pytest
from PIL import Image

from bursar.documents.fixed_font import FixedAlphabetFont
from bursar.documents.logo import DPI, FILE_BYTES_MAX, PIXELS_MAX, read_logo
from bursar.documents.render import RENDERER_VERSION, render
from bursar.documents.theme import FOLDER, LOGO_HEIGHT_PT, load_theme
from bursar.documents.typefaces import FOLDER as FONTS
from bursar.errors import Misconfigured
from tests.documents.bills import make_invoice
from tests.documents.gallery import THEMES
from tests.documents.receipts import page_texts, read, words

COLORS = '[colors]\nbrand = "#0B4F6C"\naccent = "#20A478"\n'


@pytest.fixture
def themes(tmp_path):
    return tmp_path / "themes"


def write(themes, text, name="own"):
    themes.mkdir(exist_ok=True)
    (themes / f"{name}.toml").write_text(text)
    return themes


def test_the_theme_that_comes_with_bursar_needs_no_folder():
    theme = load_theme()

    assert theme.fingerprint == ""
    assert theme.logo is None
    assert render(make_invoice()).version == RENDERER_VERSION


def test_a_theme_of_ones_own_needs_no_code(themes):
    folder = write(themes, f'footer = ["Registered charity"]\n{COLORS}')

    rendered = render(make_invoice(theme="own"), folder)

    assert "Registered charity" in page_texts(rendered.pdf)[0]
    assert rendered.version == f"{RENDERER_VERSION} theme-{load_theme('own', folder).fingerprint}"
    assert rendered.pdf != render(make_invoice()).pdf


def test_the_default_can_be_replaced_in_ones_own_folder(themes):
    folder = write(themes, COLORS, "default")

    assert load_theme("default", folder).fingerprint
    assert load_theme("default", themes / "elsewhere") == load_theme()


def test_another_colour_is_another_fingerprint(tmp_path):
    first = write(tmp_path / "a", COLORS)
    second = write(tmp_path / "b", COLORS.replace("0B4F6C", "0B4F6D"))

    assert load_theme("own", first).fingerprint != load_theme("own", second).fingerprint


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "colors: Field required"),
        ("colors = 3", "colors"),
        ("[colors]\nbrand = 'blue'\naccent = '#20A478'", "colors.brand: .*six hexadecimal digits"),
        ("[colors]\nbrand = '#0B4F6C'", "colors.accent: Field required"),
        (f"{COLORS}font = 1", "colors.font: Extra inputs"),
        (f"motto = 'x'\n{COLORS}", "motto: Extra inputs"),
        ("[colors]\nbrand = '#FFEE00'\naccent = '#20A478'", "on_brand on colors.brand: contrast 1.2"),
        ("[colors]\nbrand = '#777777'\non_brand = '#000000'\naccent = '#20A478'", "brand on white"),
        (f"footer = ['a', 'b', 'c', 'd']\n{COLORS}", "footer: .*at most 3"),
        (f"footer = ['{'x' * 161}']\n{COLORS}", "footer.0: .*at most 160"),
        (f"logo = 'none.png'\n{COLORS}", "'none.png': No such file.*put it beside the theme"),
        (f"logo = '../../../etc/passwd'\n{COLORS}", "outside the folder"),
        (f"logo = '/etc/passwd'\n{COLORS}", "outside the folder"),
        (f"logo = 'own.toml'\n{COLORS}", "not a readable PNG or JPEG"),
        (f"{COLORS}[fonts]\nregular = 'own.toml'\nbold = 'own.toml'", "no TrueType font"),
        ("[[[", "not TOML"),
    ],
)
def test_a_wrong_theme_is_refused_with_file_key_and_cure(themes, text, why):
    folder = write(themes, text)

    with pytest.raises(Misconfigured, match=rf"theme .*own\.toml: .*{why}|logo .*{why}"):
        load_theme("own", folder)


def test_a_theme_that_is_not_there_names_the_setting(themes):
    with pytest.raises(Misconfigured, match="BURSAR_THEMES"):
        render(make_invoice(theme="away"), themes)


@pytest.mark.parametrize(
    "name", ["", "../sea", "/etc/passwd", "Sea", "a" * 41, "sea.toml", "s\u00e9a", "a\n"]
)
def test_a_name_that_could_lead_elsewhere_is_no_theme(name):
    with pytest.raises(Misconfigured, match="a name is"):
        load_theme(name, THEMES)


def test_fonts_of_ones_own_draw_and_ours_draw_what_they_lack(themes):
    write(themes, f"{COLORS}[fonts]\nregular = 'Own.ttf'\nbold = 'Own.ttf'\n")
    (themes / "Own.ttf").write_bytes((FONTS / "NotoSans-Bold.ttf").read_bytes())

    rendered = render(make_invoice(theme="own", words="विद्यार्थी"), themes)

    assert rendered.missing_glyphs == 0
    assert "Tuition" in words(rendered.pdf)


def test_the_logo_is_carried_once_however_many_sheets(themes):
    lines = make_invoice().lines * 30
    rendered = render(
        make_invoice(lines, theme="sea", tax_rows=(), words=""),
        THEMES,
    )

    pdf = read(rendered.pdf)
    images = {
        reference.idnum for page in pdf.pages for reference in page["/Resources"].get("/XObject", {}).values()
    }
    assert rendered.pages > 2
    assert len(images) <= 1
    assert rendered.pdf.count(b"/Subtype /Image") == 1


def test_a_logo_is_fitted_into_its_box_and_laid_on_the_colour_behind_it(tmp_path):
    path = tmp_path / "logo.png"
    Image.new("RGBA", (3000, 1000), (0, 0, 0, 0)).save(path)

    logo = read_logo(path, width_pt=150, height_pt=46, background=(11, 79, 108))

    assert (logo.height_pt, round(logo.width_pt, 3)) == (LOGO_HEIGHT_PT, 138.0)
    assert logo.pixels == (round(138 * DPI / 72), round(46 * DPI / 72))


def test_a_picture_too_large_for_a_worker_is_refused_before_it_is_unpacked(tmp_path):
    heavy, wide = tmp_path / "heavy.png", tmp_path / "wide.png"
    heavy.write_bytes(b"\x89PNG" + bytes(FILE_BYTES_MAX))
    Image.new("1", (PIXELS_MAX // 1000 + 1, 1000)).save(wide)

    for path, why in ((heavy, "larger than"), (wide, "pixels")):
        with pytest.raises(Misconfigured, match=why):
            read_logo(path, width_pt=150, height_pt=46, background=(0, 0, 0))


def test_fonts_and_logo_are_prepared_once_per_process(monkeypatch):
    render(make_invoice(theme="sea"), THEMES)
    prepared = []
    monkeypatch.setattr(FixedAlphabetFont, "_encode", lambda *_: prepared.append(1))

    for number in range(3):
        render(make_invoice(theme="sea", number=f"INV/{number}"), THEMES)

    assert prepared == []
    assert load_theme("sea", THEMES) is load_theme("sea", THEMES)


def test_every_theme_that_comes_with_bursar_is_valid():
    assert [load_theme(path.stem).fingerprint for path in FOLDER.glob("*.toml")] == [""]
