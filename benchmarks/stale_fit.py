"""What statistics cost that are not fitted anew: every tenth note comes after the fit, as an update within the epoch.

Compares the relevance on the project's own test collections with that of an index fitted on all notes.
Run: python -m benchmarks.stale_fit
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from api.compose import encoder, searcher, store
from benchmarks.relevance import OWN, REPOSITORY
from ingest.indexing.index import index_content
from kb.encoder.vector_cache import cache_path
from kb.settings import Settings
from search.evaluate.collection import read_collection
from search.evaluate.corpus import RememberingEncoder
from search.evaluate.run import Given, evaluate_content

EVERY = 10


def main() -> None:
    known = Settings()
    reader = RememberingEncoder(encoder(known))
    with TemporaryDirectory() as folder:
        content, data = Path(folder, "content"), Path(folder, "data")
        shutil.copytree(REPOSITORY / "content", content)
        data.mkdir()
        shutil.copyfile(cache_path(known.data_dir), cache_path(data))
        ids = sorted(path for kind in ("practices", "strategies") for path in (content / kind).iterdir())
        for note in ids[::EVERY]:  # as drafts, so that links to them lead somewhere
            for file in note.glob("*.md"):
                text = file.read_text("utf-8")
                if "\ntranslation:" not in text.partition("\n---")[0]:
                    file.write_text(text.replace("---\n", "---\ndraft: true\n", 1), "utf-8")
        settings = Settings(content_dirs=(content,), data_dir=data, qdrant_url=None)
        index_content(settings, store(settings), reader)
        settings = settings.model_copy(update={"drafts": True})
        for options in ({"put_off": True}, {"refit": True}):
            report = index_content(settings, store(settings), reader, **options)
            print(f"{len(report.indexed)} of {report.notes} notes written, fitted anew: {report.fitted}", flush=True)
            for name in sorted(path.parent.name for path in OWN.glob("*/queries.jsonl")):
                found = evaluate_content(
                    read_collection(OWN / name), Given.RIGHT, searcher(settings, model=reader), lambda line: None
                )
                print(name, found["needs"], flush=True)


if __name__ == "__main__":
    main()
