"""What statistics cost that are not fitted anew: every tenth note comes after the fit, as an update within the epoch.

Compares the relevance on the project's own test collections with that of an index fitted on all notes.
Run: python -m benchmarks.stale_fit
"""

from api.compose import encoder, searcher, store
from benchmarks.places import Places, content_of
from benchmarks.relevance import OWN
from benchmarks.timing import TODAY
from ingest.indexing.index import index_content
from kb.settings import load_settings
from search.evaluate.collection import read_collection
from search.evaluate.corpus import RememberingEncoder
from search.evaluate.run import Given, evaluate_content

EVERY = 10


def main() -> None:
    with Places(load_settings()).copy(TODAY) as place:
        reader = RememberingEncoder(encoder(place))
        late = sorted(content_of(place).glob("[ps]*s/*/"))[::EVERY]
        for note in late:  # as drafts, so that links to them lead somewhere
            for file in note.glob("*.md"):
                text = file.read_text("utf-8")
                if "\ntranslation:" not in text.partition("\n---")[0]:
                    file.write_text(text.replace("---\n", "---\ndraft: true\n", 1), "utf-8")
        index_content(place, store(place), reader, refit=True)
        whole = place.model_copy(update={"drafts": True})
        for options in ({"put_off": True}, {"refit": True}):
            report = index_content(whole, store(whole), reader, **options)
            print(f"{len(report.indexed)} of {report.notes} notes written, fitted anew: {report.fitted}", flush=True)
            for name in sorted(path.parent.name for path in OWN.glob("*/queries.jsonl")):
                tests, engine = read_collection(OWN / name), searcher(whole, model=reader)
                print(name, evaluate_content(tests, Given.RIGHT, engine, lambda line: None)["needs"], flush=True)


if __name__ == "__main__":
    main()
