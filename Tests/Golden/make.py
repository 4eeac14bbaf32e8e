"""Writes the golden files beside it. Run it after a format has changed, and look at what has changed:

    python3 Tests/Golden/make.py
"""

import pathlib

from formats import *  # noqa: F403

FOLDER = pathlib.Path(__file__).resolve().parent
CLUSTER, NODE = pair(0x0102030405060708, 0x1112131415161718), pair(0x2122232425262728, 0x3132333435363738)
DRIVES = [pair(0xD1, 1), pair(0xD2, 2), pair(0xD3, 3)]
MEMBERS = [member(NODE, drive, 0xA0 + number) for number, drive in enumerate(DRIVES, start=1)]
RECORD = shard_record(3, 7, b"\x40", b"\x80\x00", MEMBERS[1], MEMBERS[:2], [MEMBERS[2]], 2)
LAST_RECORD = shard_record(4, 1, b"\xc0", None, MEMBERS[0], MEMBERS[:1], [], 1)
ENTRY_1 = log_entry(1, 6, 41, 5, 0x1122334455667788, 255, 9, 1, 1700000000123, b"\x02put")
ENTRY_2 = log_entry(2, 7, 42, 6, 0, 0, 0, 0, 0, b"")
OUTLINE = log_outline(position(5, 40), position(7, 42), [(6, 41), (7, 42)])
NOTE_BYTES = durable_note(RECORD, True, True, 7, position(5, 40))
REPORT = tail_report(OUTLINE, 41, True, None, 0)
CHECKPOINT = u64(7) + u64(3)
LEARNING = tail_report(log_outline(position(0, 0), position(0, 0), []), 0, False, CHECKPOINT, 5)
CHUNK = b"rows of a piece"

BODIES = {
    "announce": (1, RECORD + u64(8)),
    "greet": (2, u64(8) + REPORT + u64(99)),
    "greet of a learner": (2, u64(8) + LEARNING + u64(99)),
    "append": (3, u64(8) + position(5, 40) + listed([ENTRY_1, ENTRY_2]) + u64(41)),
    "acknowledge": (4, u64(8) + u64(42) + u64(99) + optional(u64(77))),
    "acknowledge of a sure one": (4, u64(8) + u64(42) + u64(99) + optional(None)),
    "mismatch": (5, u64(8) + REPORT),
    "superseded": (6, RECORD),
    "release": (7, RECORD + u8(2)),
    "ask tail": (8, RECORD + u64(77)),
    "tail": (9, u64(77) + position(7, 42) + u8(1)),
    "confirm": (10, u64(77) + position(7, 42)),
    "resign": (11, u8(3)),
    "chunk": (12, u64(8) + CHECKPOINT + position(5, 40) + u32(6) + sized(CHUNK) + u32(crc32c(CHUNK)) + u8(1)),
    "chunk acknowledge": (13, u64(8) + CHECKPOINT + u32(7)),
    "ask retire": (14, position(7, 41)),
    "may retire": (15, b""),
    "dismiss": (16, b""),
    "halted": (17, u8(2)),
    "no stream": (18, u64(8)),
}

VALUES = {
    "drive file": drive_file(CLUSTER, DRIVES[0], NODE),
    "directory file": directory_file(
        CLUSTER, 12, 0x0123456789ABCDEF, 1, DRIVES,
        [("cluster", 1, b"\x01\x02"), ("shard/00000003", 12, RECORD), ("ä", 5, b"")],
    ),  # fmt: skip
    "segment superblock": segment_superblock(CLUSTER, DRIVES[0], 9, 0xABCDEF, 77, 0xCAFE)[:80],
    "quarantine mark": quarantine_mark(3, 0xA2, "its note cannot be read"),
    "quarantine mark of an unknown shard": quarantine_mark(None, None, "its note cannot be read"),
    "shard record": RECORD,
    "last shard record": LAST_RECORD,
    "client entry": ENTRY_1,
    "first entry of an epoch": ENTRY_2,
    "digest claim": digest_claim(40_000, bytes(range(8))),
    "note": NOTE_BYTES,
    "note of a learner": durable_note(None, False, False, None, None),
    "replica note": replica_note(3, 0xA2, NOTE_BYTES),
    "beacon": beacon(0x5151, 4),
    "beacon answer": beacon_answer(0x5151, 4, 99),
    "search manifest": search_manifest(9, 1234, 7, [(3, 70_000, 0, 0), (6, 8192, 9, 17)]),
    "search header": search_header(6),
    "search trailer": search_trailer(5000, 600),
    "search list": short_list({3: [5], 10: [1, 4], 11: [0], 90: [2, 3, 300]})[0],
    "search positions": short_list({3: [5], 10: [1, 4], 11: [0], 90: [2, 3, 300]})[1],
    "search filter": key_filter([u64(7)[::-1] + f"photos/{number}.jpg".encode() for number in range(100)]),
} | {
    f"message: {name}": message(3, 7, MEMBERS[1], MEMBERS[0], tag, body) for name, (tag, body) in BODIES.items()
}  # fmt: skip


def journal() -> bytes:
    """A drive's first segment: its first block and two groups, with every kind of record."""
    nonce = 0x6E6F6E6365
    first, crc = journal_group(
        nonce, 1, 4096,
        [journal_record(0x10, NOTE, 0, replica_note(3, 0xA2, NOTE_BYTES)), journal_record(0x10, ENTRY, 41, ENTRY_1),
         journal_record(0x10, ENTRY, 42, ENTRY_2), journal_record(0x20, ENTRY, 1, b"x" * 4000)],
        0, 0,
    )  # fmt: skip
    assert len(first) == 8192
    second, _ = journal_group(
        nonce, 2, 4096 + len(first),
        [journal_record(0x10, TRUNCATE, 41), journal_record(0x20, RESET, 9), journal_record(0x20, ENTRY, 10, b"y"),
         journal_record(0x30, NOTE, 0, b"gone"), journal_record(0x30, FORGET, 0)],
        crc, 4096 + len(first),
    )  # fmt: skip
    return segment_superblock(CLUSTER, DRIVES[0], 1, nonce, 1, 0) + first + second


def pattern(size: int) -> bytes:
    return bytes((7 * place + place // 251) & 0xFF for place in range(size))


def volume() -> bytes:
    """A drive's first volume: a group with a large fragment of two blocks, one with a small one, one with a key beyond
    ASCII, and one with two tombstones."""
    nonce, blob = 0x766F6C, pair(0x018C00000000AAAA, 0xBBBB)
    groups = [
        volume_record(nonce, FRAGMENT, blob, 0, 5, 4, 2, 3, 1, 0x77, b"photos/a.jpg", pattern(BLOCK + 5)),
        volume_record(nonce, FRAGMENT, blob, 1, 2, 4, 2, 3, 2, 0x77, b"photos/a.jpg", pattern(100)),
        volume_record(nonce, FRAGMENT, blob, 2, 0, 1, 1, 3, 3, 0x77, "ä/b".encode(), pattern(1)),
        volume_record(nonce, TOMBSTONE, blob, 1, 2, 0, 0, 0, 4, 0, b"", b"")
        + volume_record(nonce, TOMBSTONE, blob, 9, 9, 0, 0, 0, 5, 0, b"", b""),
    ]
    return volume_superblock(CLUSTER, DRIVES[0], 1, nonce) + b"".join(
        group + bytes(-len(group) % 4096) for group in groups
    )


if __name__ == "__main__":
    lines = [f"{name} = {value.hex()}\n" for name, value in VALUES.items()]
    (FOLDER / "values.txt").write_text("".join(lines))
    (FOLDER / "journal.log").write_bytes(journal())
    (FOLDER / "volume.vol").write_bytes(volume())
