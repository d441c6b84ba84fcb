"""What discovery may do to a base: the edits that its operation offers, and those of witnesses.

An edit that puts a whole list in the place of an empty one also stands for inserting each of
its items: two such edits then go together.
"""

from collections.abc import Iterator

from refimpl.shapes import canonical_json
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit
from refimpl.vectors.families import OPERATIONS
from refimpl.vectors.questions import Reference


def groups_of(reference: Reference, base: str) -> list[list[Edit]]:
    """Return the edits that may be tried at a base in groups, the shortest of each first."""
    corpus = reference.corpus
    operation = corpus.bases[base].operation
    groups = [
        list(group) for group in OPERATIONS[operation].edits(corpus, reference.described(base))
    ]
    groups.append(list(_of_witnesses(corpus, operation)))
    return [sorted(group, key=size) for group in groups if group]


def _of_witnesses(corpus: Corpus, operation: str) -> Iterator[Edit]:
    """The edits in the witnesses of an operation, each once."""
    seen: set[bytes] = set()
    for witness in corpus.witnesses:
        if corpus.bases[witness.base].operation == operation:
            for edit in (each for whole in witness.recipe for each in (whole, *_items(whole))):
                raw = canonical_json(edit)
                if raw not in seen:
                    seen.add(raw)
                    yield edit


def _items(edit: Edit) -> Iterator[Edit]:
    """The edits that insert what an edit sets as a list."""
    name, path, *rest = edit
    if name == "set" and isinstance(rest[0], list | tuple):
        for item in rest[0]:
            yield ["insert", f"{path}.0", item]


def size(edit: Edit) -> tuple[int, bytes]:
    """Return what edits are ordered by: the length of their JSON, and the JSON."""
    raw = canonical_json(edit)
    return len(raw), raw
