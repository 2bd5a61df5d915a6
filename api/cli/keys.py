"""`kb keys`: who may see more than what is public, with which key, until when."""

from datetime import date, timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from api.auth.key_file import KeyFile
from api.cli.console import failures, group, out, say
from kb.access import STRICT
from kb.content.reader import read_collection, read_taxonomy
from kb.errors import QueryError
from kb.issue import did_you_mean
from kb.notes.front_matter import TLP_ORDER
from kb.settings import load_settings
from kb.text.folding import fold_letters

keys = group("keys", "API keys: who may see more than what is public.")


@keys.command()
def create(
    label: Annotated[str, typer.Option(help="Who will hold it, e.g. `FCCU case tool`: for lists, not for access.")],
    tlp: Annotated[
        str, typer.Option(help="The strictest label that its holder is cleared for: clear, green, amber, amber+strict.")
    ],
    country: Annotated[
        list[str] | None, typer.Option(help="A country or area whose notes it opens. Repeatable.")
    ] = None,
    organisation: Annotated[
        list[str] | None, typer.Option(help="An organisation, by its whole name as notes write it. Repeatable.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Days until it expires.")] = 365,
    rate: Annotated[int | None, typer.Option(min=1, help="Requests a minute; default: KB_RATE_LIMIT.")] = None,
) -> None:
    """Make a key. It is shown once, here, and cannot be shown again."""
    with failures():
        settings = load_settings()
        cleared = next((allowed for allowed in TLP_ORDER[:-1] if allowed == tlp.lower()), None)
        if cleared is None:
            raise QueryError(f"Nobody is cleared for `{tlp[:40]}`.", field="tlp", allowed=TLP_ORDER[:-1])
        organisations = [name.strip() for name in organisation or () if name.strip()]
        if cleared == STRICT and not organisations:
            raise QueryError(f"`{STRICT}` is for one organisation: name it.", field="organisation")
        taxonomy = read_taxonomy(settings.content_dirs)
        for code in (countries := [code.upper() for code in country or ()]):
            if code not in taxonomy.countries:
                near = did_you_mean(code, taxonomy.countries)
                raise QueryError(f"`{code[:40]}` is no country of the vocabulary.", field="country", remedy=near)
        notes = read_collection(settings.content_dirs).notes if organisations else ()
        named = {name for note in notes if note.fields.audience for name in note.fields.audience.organisations}
        named |= {note.fields.owner for note in notes if note.fields.owner}
        for name in organisations:
            if fold_letters(name) not in map(fold_letters, named):  # probably it is written otherwise
                say(f"No note is for `{name}` yet. {did_you_mean(name, named, list_all=False)}".strip())
        limits = {"expires": date.today() + timedelta(days), "rate": rate}
        within = sorted(taxonomy.reach(countries))
        key, text = KeyFile(settings.key_file).create(label, cleared, within, organisations, **limits)
        say(f"Key {key.id}, good until {key.expires}. It is shown this once: hand it over by a safe way.")
        print(text)


@keys.command("list")
def list_keys() -> None:
    """All keys there ever were, without the keys themselves."""
    with failures():
        known = KeyFile(load_settings().key_file).all()
        if not known:
            say("There are no keys.")
            return
        table = Table("id", "label", "opens", "a minute", "made", "expires", "state", box=None)
        for key in known:
            opens = f"TLP:{key.tlp.upper()} {', '.join((*key.countries, *key.organisations))}".strip()
            rate = "" if key.rate is None else f"{key.rate:,}"
            state = "good" if key.is_good(date.today()) else f"revoked {key.revoked}" if key.revoked else "expired"
            row = (key.id, key.label, opens, rate, str(key.created), str(key.expires or "never"), state)
            table.add_row(*map(Text, row))  # brackets in a label are no markup
        out.print(table)


@keys.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The key's id, as `kb keys list` shows it.")]) -> None:
    """Refuse a key from this moment on. Servers need no restart."""
    with failures():
        key = KeyFile(load_settings().key_file).revoke(key_id)
        say(f"Key {key.id} ({key.label}) is refused since {key.revoked}.")
