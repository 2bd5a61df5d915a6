"""`kb index push`: the embedded index on a Qdrant server, as it is."""

from api.cli.console import failures, out
from kb.settings import load_settings


def push() -> None:
    """Write the index of the data directory to the Qdrant server of KB_QDRANT_URL. Nothing is encoded or read anew."""
    with failures():
        from api.compose import embedded_store, server_store

        settings = load_settings()
        server, here = server_store(settings), embedded_store(settings)
        with here.writing(), server.writing():
            reader = here.reader()
            server.replace(reader.points(), reader.manifest)
        found = reader.manifest
        out.print(f"{found.notes} notes, {len(found.versions)} texts, {found.chunks} passages are on the server.")
