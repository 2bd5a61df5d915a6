"""`kb index push`: the embedded index on a Qdrant server, as it is."""

from dataclasses import replace

from api.cli.console import failures, out
from kb.errors import IndexStale
from kb.settings import load_settings


def push() -> None:
    """Write the embedded index to a Qdrant server, that of KB_QDRANT_URL. Nothing is encoded or read anew."""
    with failures():
        from api.compose import embedded_store, server_store

        settings = load_settings()
        server, here = server_store(settings), embedded_store(settings)
        with here.writing(), server.writing():
            reader = here.reader()
            found, before = reader.manifest, server.info()
            if before and before.journal.latest > found.journal.latest:  # it may lack notes that were withdrawn since
                raise IndexStale(
                    "The index on the server is newer than that in the data directory.", remedy="Run `kb index`."
                )
            if before:  # whoever follows the changes on the server learns what is gone
                found = replace(found, journal=before.journal.after(found.journal.notes, found.journal.latest))
            server.replace(reader.points(), found)
        out.print(f"{found.notes} notes, {len(found.versions)} texts, {found.chunks} passages are on the server.")
