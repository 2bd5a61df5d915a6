"""Fits what makes token vectors of the built-in encoder (`kb.encoder.late_interaction`): the second half of
`make alignment`, a minute.

From the questions of notes that everybody may see: the mean of what the encoder makes of their tokens, the directions
that hold most of what is left, and how rare a token is among their passages, read off it by ridge regression.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer

from api.compose import encoder
from ingest.chunking.chunk import NoteTexts
from kb.access import CLEAR
from kb.content.reader import read_collection
from kb.encoder.late_interaction import PARAMETERS, WIDTH
from kb.encoder.model_files import model_files
from kb.settings import Settings

EVERY = 8
"""One in so many questions is read: 100,000 tokens."""
RIDGE = 5.0
"""How far the regression is drawn to zero."""
_BATCH = 64


def main() -> None:
    """Fit on the notes, and write what was fitted into the package."""
    settings = Settings()
    model = encoder(settings, print)
    found = read_collection(settings.content_dirs).to_index(drafts=False).notes
    notes = tuple(sorted((note for note in found if note.fields.tlp == CLEAR), key=lambda note: note.id))
    texts = NoteTexts.of(notes, model.count_tokens, settings.chunk_tokens, settings.chunk_overlap)
    files = model_files(settings.embedding_model, settings.data_dir)
    reader = SentenceTransformer(str(files.path), device="cpu", local_files_only=True)

    def tokens(prefix: str, some: Sequence[str]) -> list[list[int]]:
        """Return the tokens of texts, without the marks of their ends and the prefix."""
        before = len(reader.tokenizer(prefix.strip())["input_ids"]) - 1
        return [ids[before:-1] for ids in reader.tokenizer([prefix + text for text in some])["input_ids"]]

    asked = [question.encoded for question in texts.questions][::EVERY]
    ids = tokens(files.query_prefix, asked)
    read = reader.encode(
        [files.query_prefix + text for text in asked], output_value="token_embeddings", batch_size=_BATCH, prompt=""
    )
    states = [text.numpy()[-len(own) - 1 : -1] for text, own in zip(read, ids, strict=True)]
    passages = tokens(files.passage_prefix, [chunk.encoded for chunk in texts.chunks])
    frequency = Counter(token for own in passages for token in set(own))
    rarity = [np.log(1 + len(passages) / (1 + frequency[token])) for own in ids for token in own]
    parameters = fit(np.concatenate(states), np.array(rarity))
    save_file({name: value.astype(np.float16) for name, value in parameters.items()}, PARAMETERS)
    print(f"{PARAMETERS}: fitted on {len(rarity)} tokens of {len(asked)} questions")


def fit(states: np.ndarray, rarity: np.ndarray) -> dict[str, np.ndarray]:
    """Return what `kb.encoder.late_interaction` reads. states: of tokens, (tokens, dimension); rarity: of each"""
    mean = states.mean(axis=0)
    shifted = states - mean
    shifted /= np.linalg.norm(shifted, axis=1, keepdims=True).clip(1e-9)
    _, directions = np.linalg.eigh(shifted.T @ shifted)
    known = np.hstack([shifted, np.ones((len(shifted), 1))])
    weights = np.linalg.solve(known.T @ known + RIDGE * np.eye(known.shape[1]), known.T @ rarity)
    return {"mean": mean, "directions": np.ascontiguousarray(directions[:, : -WIDTH - 1 : -1]), "rarity": weights}


if __name__ == "__main__":
    main()
