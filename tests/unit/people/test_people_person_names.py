"""Names of guests: real ones pass, and nothing that a mail program makes a link of."""

import pytest

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import pasted
from fullhouse.people.model.person_names import person_name

NAMES = """Ada Lovelace
Mr. O'Neil-d'Arc
J.P. Morgan
J. P. Morgan
Anna B.Sc.
Anna B.Sc./M.Sc.
Anna B.Com.
Dr.med. Anna Müller
Prof.Dr.Dr. h.c. Huber
Prof. Dr. Anna Müller
Dipl.-Ing. Klaus Huber
St.John Smith
Ma.Cristina Reyes
Martin Luther King Jr.
Müller & Söhne GmbH & Co.KG
Turnverein 1860 e.V.
v.d.Berg
M.de Vries
Class 3b: Goethe School
Anna/Ben
Anna + Ben (4)
María José Carreño Quiñones
Gal·la Puigdomènech
GAL·LA
约翰·史密斯
ジョン・スミス
J.Page
Ada • Grace
Nguyễn Thị Minh Khai
Ærøskøbing, Søren
李小龍
山田 太郎
الفارابي
Ἀριστοτέλης
X Æ A-12
Seat 12.30
Company No.5
@home
2nd. Lt. Brown""".splitlines()

ADDRESSES = """https://evil.example/win
Please visit https://evil.example/win
HTTPS://EVIL.EXAMPLE
hxxps://evil
http:evil
mailto:me
tel:+4912345
javascript:alert(1)
www.evil
WWW2.evil.example
evil.example/win
evil.example:8080
evil.example?x
evil.example
evil.com
abc.com
bit.ly
x9.top
t.co/abc
a.b.evil-shop.example
xn--vil-bma.example
XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X
192.168.1.1
Ada 10.0.0.1 Lovelace
someone@evil.example
me@b
évil.example
\u0435vil.example
例え.テスト.example
evil\N{FULLWIDTH FULL STOP}example\N{FULLWIDTH SOLIDUS}win
evil\N{ONE DOT LEADER}example
evil\N{SMALL FULL STOP}example
evil\N{IDEOGRAPHIC FULL STOP}example
evil\N{HALFWIDTH IDEOGRAPHIC FULL STOP}example
evil.co\N{FRACTION SLASH}win
evil.co\N{DIVISION SLASH}win
https\N{FULLWIDTH COLON}\N{FULLWIDTH SOLIDUS}\N{FULLWIDTH SOLIDUS}evil
https\N{RATIO}\N{DIVISION SLASH}\N{DIVISION SLASH}evil
\uff57\uff57\uff57.evil
\N{MATHEMATICAL BOLD SMALL E}\N{MATHEMATICAL BOLD SMALL V}il-shop.example
evil\N{COMBINING GRAPHEME JOINER}shop.example
x.com
t.me/x
spam.example/win
a.b/c
//evil/x
\\\\evil\\x
whatsapp:+49
skype:evil
webcal:evil
evil\N{DIGIT ONE FULL STOP}com
evil\N{MIDDLE DOT}com
evil\N{BULLET}com
evil\N{HYPHENATION POINT}com
evil\N{BULLET OPERATOR}com
evil\N{DOT OPERATOR}com
evil\N{ARABIC FULL STOP}com
evil\N{LISU LETTER TONE MYA TI}com
evil\N{SYRIAC SUPRALINEAR FULL STOP}com""".splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_real_name_passes_as_typed(name: str) -> None:
    assert person_name(name) == name


@pytest.mark.parametrize("text", ADDRESSES)
def test_address_in_a_name_is_refused_with_what_to_do(text: str) -> None:
    for name in (text, f"Ada {text}", f"{text}, your prize", f"({text})", text.upper()):
        with pytest.raises(InvalidInput, match="Write the name alone") as caught:
            person_name(name)
        assert caught.value.field == "name"


def test_invisible_characters_are_left_out_and_control_characters_are_spaces() -> None:
    typed = "\u202eAda\u200b\u2066 Love\u2069lace\x07\u0085\u2028\ufeff\u00ad"
    assert person_name(typed) == "Ada Lovelace"
    assert person_name("Ada\u00a0Love\x07lace") == "Ada Love lace"
    for blank in ("", " ", "\u200b", "\u202e\n", "\u200d", "\u3164", "\u2800 \u200c"):
        with pytest.raises(InvalidInput, match="1 to 200"):
            person_name(blank)


@pytest.mark.parametrize(
    "name",
    [
        "\u0646\u06cc\u200c\u06a9",
        "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
        "Ada \U0001f469\u200d\U0001f33e",
    ],
)
def test_joiners_stay_where_they_spell_something(name: str) -> None:
    assert person_name(name) == name
    assert person_name("Ada\u200d Love\u200clace") == "Ada Lovelace"


@pytest.mark.parametrize(
    "invisible",
    ["\u200b", "\u2060", "\u00ad", "\u202e", "\ufeff", "\u200c", "\u200d", "\u3164", "\u034f"],
)
def test_invisible_characters_do_not_hide_an_address(invisible: str) -> None:
    for text in ("evil-shop{}.example/win", "evil-shop.{}example/win", "ht{}tps://evil"):
        with pytest.raises(InvalidInput, match="Write the name alone"):
            person_name(text.format(invisible))


def test_letters_and_their_accents_are_kept_as_one_character() -> None:
    assert person_name("Ju\u0308rgen Mu\u0308ller") == "J\u00fcrgen M\u00fcller"
    assert pasted("Caf\u200be\u0301") == "Caf\u00e9"


def test_a_name_does_not_draw_over_those_around_it() -> None:
    towering = "Z" + "\u0321" * 90 + "oe"
    assert person_name(towering) == pasted(towering) == "Z" + "\u0321" * 4 + "oe"
    # Vietnamese, Thai, and Hebrew with points
    for name in ("Nguy\u1ec5n", "\u0e19\u0e49\u0e33", "\u05d3\u05b8\u05bc\u05d5\u05b4\u05d3"):
        assert person_name(name) == name
