"""Random collections of notes for everybody and for a few, and the callers who may see parts of them."""

import random
import re
import shutil

from kb.access import Handling, whoever_sees
from kb.content.reader import read_taxonomy
from kb.notes.note import Kind
from kb.text.languages import Language

LABELS = ("clear", "green", "amber", "amber+strict")
COUNTRIES = ("BE", "NL", "LU")
EVERYTHING = ("amber+strict", COUNTRIES, ("Alphadienst", "Betateam", "Europol"))
"""Label, countries and organisations, as `kb.access.clearance` takes them."""
WORDS = re.findall(
    r"\w+",
    "banks freeze mule accounts victims phishing sites block police warn letters servers seized ransomware decryption "
    "covenant indicators share suspects young offenders repair damage EncroZap LMX9 Quuxol Zyxwvut CETS 185 article 35",
)
DUTCH = "De politie en de banken waarschuwen samen de slachtoffers van de valse sites, en blokkeren wat zij kunnen;"
ENGLISH = "The police and the banks warn the victims of the false sites together, and block what they can;"
QUESTIONS = (
    "block phishing sites",
    "Quuxol",
    "EncroZap servers seized",
    "CETS 185 article 35",
    "warn victims",
    "zyxwvut",
    "LMX9",
    "young offenders repair damage",
    "warn victims in Ghent",
    "EncroZap servers seized in Ghent",
    "what nobody wrote about",
    "elanveritef",
    "elanveriteh",
    "elanveritek",
)
PICTURE = bytes.fromhex("89504e470d0a1a0a") + b"a picture"
CONTACTS = ("desk-one", "desk-two", "desk-three")
KIND_OF = {1: Kind.POWER, 3: Kind.STRATEGY, 5: Kind.PLAYBOOK, 7: Kind.STRATEGY}
"""Rest of a note's number by 8 -> its kind; the others are practices."""
BODIES = ("Alphadienst", "Betateam", "Gammabureau", "Nobody")


NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")


def same_but_for_last_digits(mine, theirs):
    """Whether two texts are the same, but for numbers that differ by a millionth or two.

    The local mode of Qdrant's client sums up a score in another order where there are other records; its server and
    the embedded store do not.
    """
    pairs = zip(NUMBER.findall(mine), NUMBER.findall(theirs), strict=False)
    near = all(abs(float(number) - float(other)) < 2e-6 for number, other in pairs)
    return NUMBER.sub("#", mine) == NUMBER.sub("#", theirs) and near


def some(chance, values):
    """Any of these values, or none."""
    return [value for value in values if chance.randrange(2) == 0]


def handling(chance):
    """Who may see a note, as its fields say it: half of the notes are for everybody."""
    tlp = chance.choice(("clear", "clear", *LABELS))
    if tlp == "amber+strict":
        return {"tlp": tlp, "pap": "red", "owner": chance.choice(BODIES[:2])}
    audience = {"countries": some(chance, (*COUNTRIES, "BNL")), "organisations": some(chance, EVERYTHING[2])}
    narrowed = {"audience": {name: values for name, values in audience.items() if values}}
    pap = {"pap": "amber"} if tlp == "amber" else {}
    return {"tlp": tlp, **pap, **(narrowed if tlp != "clear" and narrowed["audience"] else {})}


def caller(chance):
    """Somebody who asks; who is cleared for no label is anonymous."""
    tlp = chance.choice(LABELS[::-1])  # the first is what Hypothesis begins with
    return (tlp, [], []) if tlp == "clear" else (tlp, some(chance, COUNTRIES), some(chance, EVERYTHING[2]))


def write(content, chance, passages):
    """A random collection; the keys that open each note. passages: in each practice, at least two."""

    wording = random.Random(chance.getrandbits(64))  # Hypothesis is left what matters: who may see what

    def words(count):
        return " ".join(wording.choices(WORDS, k=count))

    taxonomy = read_taxonomy([content.root])
    keys = {}
    headings = ("Problem", "Approach", *(f"Part {part}" for part in range(2, passages)))
    for contact in CONTACTS:
        name = {language.value: f"Desk {words(2)} {contact}" for language in Language}
        content.contact(contact, name=name, questions=[words(5) for _ in range(2)])
    for number in range(16):
        kind = KIND_OF.get(number % 8, Kind.PRACTICE)
        own = f"élanvérité{chr(ord('a') + number)}"
        note_id = f"{chance.choice(('be', 'nl', 'lu'))}-{number}"
        handled = handling(chance)
        opening = Handling.stated(handled).keys(taxonomy)
        open_to_it = [other for other, opens in keys.items() if whoever_sees(opening, opens)]
        fields = {
            "title": words(4).capitalize(),
            "summary": f"{words(9).capitalize()}.",
            **handled,
            "countries": [note_id[:2].upper()],
            "organisations": [{"name": chance.choice(BODIES[:3]), "role": "lead"}],
            "crime_types": [chance.choice(("phishing", "ransomware"))],
            "questions": [f"{words(4).capitalize()}?" for _ in range(chance.randint(0, 2))] or None,
            "contacts": some(chance, CONTACTS) or None,
        }
        text = "\n\n".join(f"## {heading}\n\n{ENGLISH} {words(20)} {own}." for heading in headings)
        served = [other for other in open_to_it if (content.root / "strategies" / other).exists()]
        abroad = [other for other in open_to_it if other not in served and other[:2] != note_id[:2]]
        fields["related"] = [
            *({"id": other, "rel": "see-also"} for other in chance.sample(open_to_it, min(1, len(open_to_it)))),
            *({"id": other, "rel": "counterpart-of"} for other in abroad[-2:] if kind is not Kind.STRATEGY),
        ] or None
        if kind is Kind.STRATEGY:
            file = content.strategy(note_id, **fields, replaces=served[-1:] or None)
        elif kind is not Kind.PRACTICE:
            file = (content.power if kind is Kind.POWER else content.playbook)(note_id, **fields)
        else:
            more = {"no_counterpart": [country for country in ("BE", "LU", "NL") if country != fields["countries"][0]]}
            file = content.practice(note_id, body=text, **fields, **more, implements=served[:1] or None)
        file.write_text(f"{file.read_text('utf-8')}\n\n![A page](page.png)\n", "utf-8")
        file.with_name("page.png").write_bytes(PICTURE)
        if chance.randrange(2) and kind in (Kind.PRACTICE, Kind.STRATEGY):
            asked = {"questions": fields["questions"]} if fields["questions"] else {}
            said = f"{DUTCH} {words(6)}."
            body = f"## Doel\n\n{said}\n\n## Doelstellingen en maatregelen\n\n- Blokkeren. {{#o1}}\n- Helpen. {{#o2}}\n"
            text = f"## Probleem\n\n{said}\n\n## Aanpak\n\n{said}\n"
            content.translation(
                note_id, "nl", "en", body if kind is Kind.STRATEGY else text, folder=kind.folder, **asked
            )
        keys[note_id] = opening
    return keys


def keep_visible(root, keys, caller, to):
    """A copy of a collection with nothing in it but what a caller may see."""
    shutil.copytree(root, to)
    for note_id in keys:
        if keys[note_id].isdisjoint(caller):
            for kind in Kind:
                shutil.rmtree(to / kind.folder / note_id, ignore_errors=True)
    kept = "".join(path.read_text("utf-8") for path in to.rglob("*.md"))
    for contact in CONTACTS:
        if contact not in kept:
            (to / "contacts" / f"{contact}.yaml").unlink()
