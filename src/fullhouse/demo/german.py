"""The texts of the demo farm in German, its further language."""

from typing import Final

from fullhouse.booking.model.translated_texts import CategoryTexts, OfferingTexts, QuestionTexts
from fullhouse.people.model.translated_texts import OrganisationTexts, VenueTexts

LANGUAGE: Final = "de"
_AT_THE_GATE: Final = "Sie zahlen bei der Ankunft am Tor, bar oder mit Karte."

GARDEN: Final = OrganisationTexts(
    language=LANGUAGE,
    tagline="Viereinhalb Hektar Sonnenblumen zum Spazieren, und armweise zum Mitnehmen.",
)
FARM: Final = VenueTexts(
    language=LANGUAGE,
    name="Die Farm am Blackberry Creek",
    directions=(
        "Biegen Sie von der Route 47 nach Westen in die Meadow Road ab und folgen Sie ihr gut zwei "
        "Kilometer, vorbei am Getreidesilo. Sie parken kostenlos auf der Wiese hinter der roten "
        "Scheune. Vom Metra-Bahnhof in Elburn sind es zehn Minuten mit dem Taxi."
    ),
)
MORNING: Final = OfferingTexts(
    language=LANGUAGE,
    name="Morgen im Sonnenblumenfeld",
    summary="Spazieren Sie durchs Feld, solange es kühl ist, und schneiden Sie fünf Stiele.",
    description=(
        "Kommen Sie irgendwann in Ihrer halben Stunde und bleiben Sie, solange Sie mögen. Scheren "
        "und Wasser finden Sie in der Scheune; feste Schuhe sind eine gute Idee. Kinder unter drei "
        "Jahren kommen kostenlos mit und brauchen keinen Platz. Die Wege sind gemähtes Gras und "
        "bei trockenem Wetter auch mit dem Rollstuhl befahrbar."
    ),
    how_to_pay=_AT_THE_GATE,
    what_to_bring="Feste Schuhe, und bei Sonne einen Hut.",
)
EVENING: Final = OfferingTexts(
    language=LANGUAGE,
    name="Abendspaziergang",
    summary="Das letzte Licht über dem Feld, und Laternen am Weg zurück.",
    description=(
        "Die große Runde, gut anderthalb Kilometer, zu der Stunde, für die Fotografen kommen. Am "
        "Tor gibt es Cider. Hunde sind an der Leine willkommen. Bringen Sie einen Pullover mit: Am "
        "Bach wird es kühl."
    ),
    how_to_pay=_AT_THE_GATE,
    what_to_bring="Einen Pullover: Am Bach wird es kühl.",
)
PICNIC: Final = OfferingTexts(
    language=LANGUAGE,
    name="Picknick im Feld",
    summary="Eine Decke, ein voller Korb und zwei Stunden unter der Eiche, für bis zu sechs.",
    description=(
        "Brot aus Elburn, Käse, Obst und Limonade, und ein Glas Blumen für den Tisch, den es nicht "
        "gibt. Ein Preis für die ganze Gruppe. Sagen Sie uns am Tor, wenn jemand keine Milch "
        "verträgt. Bei Regen ziehen die Decken in die Scheune um."
    ),
    how_to_pay="Eine Rechnung für die Gruppe, bei der Ankunft am Tor, bar oder mit Karte.",
)
WORKSHOP: Final = OfferingTexts(
    language=LANGUAGE,
    name="Workshop: Blumen binden",
    summary="Zwei Stunden mit Rosa am langen Tisch: eine Vase zum Mitnehmen, und was hineinkommt.",
    description=(
        "Sie schneiden Ihre Stiele selbst und lernen dann, einen Strauß zu binden, der eine Woche "
        "hält. Schürzen, Vasen und Kaffee stellen wir. Für Anfänger, ab zwölf Jahren."
    ),
    how_to_pay=_AT_THE_GATE,
)
ALLERGIES: Final = QuestionTexts(
    language=LANGUAGE,
    text="Ist jemand gegen eine Blume allergisch?",
    hint="Dann lassen wir sie aus den Eimern.",
)
LEFT_HANDED: Final = QuestionTexts(language=LANGUAGE, text="Sind Sie Linkshänder?")


def category(name: str) -> tuple[CategoryTexts, ...]:
    """A price category in German."""
    return (CategoryTexts(language=LANGUAGE, name=name),)
