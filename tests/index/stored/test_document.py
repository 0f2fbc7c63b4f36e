"""What lies in a store is a stranger's until it is known to be what was put there."""

from typing import Any

import msgspec
import pytest

from index.errors import StoredDamagedError
from index.stored.document import CHUNK_BYTES, Document, StoredFile, chunk_sizes, read_document, written

DIGEST = "0" * 64


def test_a_document_is_read_as_it_was_written() -> None:
    """Files of no, one and several chunks."""
    files = (
        StoredFile("MANIFEST.json", 0, ()),
        StoredFile("local/segments/0f/local.json", 1, (DIGEST,)),
        StoredFile("segments/0f/pdq-1/codes.faiss", CHUNK_BYTES + 1, (DIGEST, "f" * 64)),
    )
    document = Document(812, files)
    assert read_document(written(document)) == document
    assert document.size_bytes == CHUNK_BYTES + 2
    assert document.chunks == {DIGEST, "f" * 64}
    assert chunk_sizes(CHUNK_BYTES) == [CHUNK_BYTES]


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": -1},
        {"version": "1"},
        {"format": "other"},
        {"format_version": 2},
        {"more": 1},
        *(
            {"files": [{"name": name, "size_bytes": 1, "chunks": [DIGEST]}]}
            for name in (
                "",
                "/etc/cron.d/x",
                "../x",
                "a/../../x",
                "a//b",
                ".hidden",
                "a/",
                "a\n",
                "a\0",
                "a\\b",
                "x" * 101,
            )
        ),
        {"files": [{"name": "a", "size_bytes": -1, "chunks": []}]},
        {"files": [{"name": "a", "size_bytes": 1 << 60, "chunks": [DIGEST]}]},
        {"files": [{"name": "a", "size_bytes": 1, "chunks": []}]},
        {"files": [{"name": "a", "size_bytes": 1, "chunks": [DIGEST, DIGEST]}]},
        {"files": [{"name": "a", "size_bytes": 1, "chunks": ["../" + DIGEST[3:]]}]},
        {"files": [{"name": "a", "size_bytes": 1, "chunks": [DIGEST + "\n"]}]},
        {"files": [{"name": "a", "size_bytes": 1, "chunks": [DIGEST]}] * 2},
    ],
    ids=repr,
)
def test_what_is_no_document_is_refused(wrong: dict[str, Any]) -> None:
    """No path leads out of a folder, and no size is believed that the chunks do not bear out."""
    plain = msgspec.json.decode(written(Document(1, (StoredFile("a", 1, (DIGEST,)),))))
    assert read_document(msgspec.json.encode(plain)).version == 1
    with pytest.raises(StoredDamagedError):
        read_document(msgspec.json.encode(plain | wrong))
    for odd in (b"", b"[]", b"{", b"\xff"):
        with pytest.raises(StoredDamagedError):
            read_document(odd)
