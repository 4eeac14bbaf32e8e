"""Roost's formats, written from the byte tables in Sources/README.md and Sources/Replication/Replication.md, and from
nothing else: what is on a drive and on the wire, independent of the program."""

import struct

U8, U16, U32, U64 = "<B", "<H", "<I", "<Q"


def _table() -> list[int]:
    """CRC-32C (Castagnoli), reflected, as RFC 3720 appendix B.4 has it."""
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_CRC_TABLE = _table()


def crc32c(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ _CRC_TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283


# What all formats are made of: little-endian numbers, IDs of two, lengths of 32 bits


def u8(value: int) -> bytes:
    return struct.pack(U8, value)


def u16(value: int) -> bytes:
    return struct.pack(U16, value)


def u32(value: int) -> bytes:
    return struct.pack(U32, value)


def u64(value: int) -> bytes:
    return struct.pack(U64, value)


def pair(high: int, low: int) -> bytes:
    return u64(high) + u64(low)


def sized(data: bytes) -> bytes:
    return u32(len(data)) + data


def text(value: str) -> bytes:
    return sized(value.encode())


def optional(value: bytes | None) -> bytes:
    return u8(0) if value is None else u8(1) + value


def listed(items: list[bytes]) -> bytes:
    return u32(len(items)) + b"".join(items)


def checked(data: bytes) -> bytes:
    """With its CRC behind it."""
    return data + u32(crc32c(data))


# Drive file, directory file, quarantine marks


def drive_file(cluster: bytes, drive: bytes, node: bytes) -> bytes:
    return checked(b"RSTDRVE1" + u16(1) + cluster + drive + node)


def directory_file(
    cluster: bytes, generation: int, start: int, tolerance: int, voters: list[bytes], records: list[tuple[str, int, bytes]]
) -> bytes:
    return checked(
        b"ROSTDIR1" + u16(1) + cluster + u64(generation) + u64(start) + u8(tolerance) + listed(voters)
        + listed([text(key) + u64(revision) + sized(value) for key, revision, value in records])
    )  # fmt: skip


def quarantine_mark(shard: int | None, incarnation: int | None, reason: str) -> bytes:
    lines = ["roost quarantine 1", *("-" if number is None else str(number) for number in (shard, incarnation)), reason]
    return "".join(line + "\n" for line in lines).encode()


# Journal


ENTRY, TRUNCATE, NOTE, FORGET, RESET = range(1, 6)


def journal_record(store: int, kind: int, sequence: int, payload: bytes = b"") -> bytes:
    return u32(store) + u8(kind) + bytes(3) + u64(sequence) + sized(payload)


def segment_superblock(
    cluster: bytes, drive: bytes, number: int, nonce: int, first_group: int, previous_crc: int
) -> bytes:
    block = checked(
        b"RSTJRNL1" + u16(1) + bytes(6) + cluster + drive + u64(number) + u64(nonce) + u64(first_group) + u32(previous_crc)
    )
    return block.ljust(4096, b"\0")


def journal_group(
    nonce: int, number: int, offset: int, records: list[bytes], previous_crc: int, previous_end: int
) -> tuple[bytes, int]:
    """A group as it lies on the drive, and its header's CRC."""
    payload = b"".join(records)
    header = checked(
        b"RSTGRP01" + u64(nonce) + u64(number) + u64(offset) + u32(len(payload)) + u32(len(records))
        + u32(crc32c(payload)) + u32(previous_crc) + u64(previous_end) + u32(0)
    )  # fmt: skip
    assert len(header) == 64
    group = header + payload
    return group + bytes(-len(group) % 4096), struct.unpack(U32, header[60:])[0]


class JournalEnd:
    """Where a segment's groups end, so that another can be put behind them."""

    def __init__(self, segment: bytes):
        assert segment[:8] == b"RSTJRNL1"
        # Magic 8, version 2, zero 6, cluster 16, drive 16, number 8, nonce 8, first group 8, header CRC before 4.
        _, self.nonce, self.number, self.previous_crc = struct.unpack("<QQQI", segment[48:76])
        self.offset, self.previous_end = 4096, 0
        self.records: list[tuple[int, int, int, bytes]] = []
        while self._take(segment):
            pass

    def _take(self, segment: bytes) -> bool:
        header = segment[self.offset : self.offset + 64]
        if len(header) < 64 or header[:8] != b"RSTGRP01":
            return False
        nonce, number, offset, length, count, payload_crc, previous_crc, previous_end, _, crc = struct.unpack(
            "<QQQIIIIQII", header[8:]
        )
        if (nonce, number, offset, previous_crc, previous_end) != (
            self.nonce, self.number, self.offset, self.previous_crc, self.previous_end,
        ) or crc != crc32c(header[:60]):  # fmt: skip
            return False
        payload = segment[self.offset + 64 : self.offset + 64 + length]
        if crc32c(payload) != payload_crc:
            return False
        place = 0
        for _ in range(count):
            store, kind, sequence, size = struct.unpack("<IB3xQI", payload[place : place + 20])
            self.records.append((store, kind, sequence, payload[place + 20 : place + 20 + size]))
            place += 20 + size
        self.previous_end = self.offset + (64 + length + 4095) // 4096 * 4096
        self.offset, self.number, self.previous_crc = self.previous_end, number + 1, crc
        return True

    def group(self, records: list[bytes]) -> bytes:
        """The next group, to be written at `offset`."""
        return journal_group(self.nonce, self.number, self.offset, records, self.previous_crc, self.previous_end)[0]


# Volumes


FRAGMENT, TOMBSTONE = 1, 2
BLOCK = 64 << 10


def volume_superblock(cluster: bytes, drive: bytes, number: int, nonce: int) -> bytes:
    block = checked(b"ROSTVOL1" + u16(1) + bytes(6) + cluster + drive + u64(number) + u64(nonce))
    return block.ljust(4096, b"\0")


def volume_record(
    nonce: int, kind: int, blob: bytes, stripe: int, index: int, k: int, m: int, pool: int, sequence: int, bucket: int,
    key: bytes, payload: bytes,
) -> bytes:  # fmt: skip
    """A record with its payload, up to where the next may begin."""
    blocks = [payload[start : start + BLOCK] for start in range(0, len(payload), BLOCK)]
    before = (
        b"RSTFRAG1" + u64(nonce) + blob + u32(stripe) + u8(index) + u8(k) + u8(m) + u8(kind) + u64(sequence)
        + u64(bucket) + u32(len(payload)) + u16(len(key)) + u16(len(blocks)) + u16(pool) + u16(0)
    )  # fmt: skip
    after = b"".join(u32(crc32c(block)) for block in blocks) + key
    header = before + u32(crc32c(before + u32(0) + after)) + after
    if len(payload) >= BLOCK:
        record = header.ljust(4096, b"\0") + payload
        return record + bytes(-len(record) % 4096)
    record = header + payload
    return record + bytes(-len(record) % 8)


def volume_records(volume: bytes) -> list[tuple[int, bytes, int, int, int]]:
    """Kind, blob, stripe, index and sequence of each whole record; payloads are not verified."""
    assert volume[:8] == b"ROSTVOL1"
    nonce = volume[56:64]
    found, place = [], 4096
    while place + 72 <= len(volume):
        header = volume[place : place + 72]
        if header[:16] != b"RSTFRAG1" + nonce:
            place = (place // 4096 + 1) * 4096
            continue
        stripe, index, _, _, kind, sequence, _, length, keys, blocks = struct.unpack("<IBBBBQQIHH", header[32:64])
        after = volume[place + 72 : place + 72 + 4 * blocks + keys]
        assert struct.unpack(U32, header[68:])[0] == crc32c(header[:68] + u32(0) + after), f"record at {place}"
        found.append((kind, header[16:32], stripe, index, sequence))
        end = place + (4096 if length >= BLOCK else 72 + len(after)) + length
        place = (end + 4095) // 4096 * 4096 if length >= BLOCK else (end + 7) // 8 * 8
    return found


# Replication: what a replica remembers, and what replicas say to each other


def member(node: bytes, drive: bytes, incarnation: int) -> bytes:
    return node + drive + u64(incarnation)


def shard_record(
    shard: int, epoch: int, lower: bytes, upper: bytes | None, leader: bytes, members: list[bytes], heirs: list[bytes],
    minimum: int,
) -> bytes:  # fmt: skip
    return (
        u16(1) + u32(shard) + u64(epoch) + sized(lower) + optional(None if upper is None else sized(upper)) + leader
        + listed(members) + listed(heirs) + u8(minimum)
    )  # fmt: skip


def position(epoch: int, sequence: int) -> bytes:
    return u64(epoch) + u64(sequence)


def log_outline(start: bytes, last: bytes, runs: list[tuple[int, int]]) -> bytes:
    return start + last + listed([position(epoch, first) for epoch, first in runs])


def log_entry(
    kind: int, epoch: int, sequence: int, previous: int, session: int, slot: int, counter: int, apply: int, time: int,
    command: bytes,
) -> bytes:  # fmt: skip
    return checked(
        u16(1) + u8(kind) + u64(epoch) + u64(sequence) + u64(previous) + u64(session) + u16(slot) + u64(counter)
        + u16(apply) + u64(time) + sized(command)
    )  # fmt: skip


def digest_claim(sequence: int, digest: bytes) -> bytes:
    return u64(sequence) + sized(digest)


def durable_note(
    record: bytes | None, was_member: bool, is_unsure: bool, promoted_from: int | None, checkpoint: bytes | None
) -> bytes:
    return (
        u16(1) + optional(record) + u8(was_member) + u8(is_unsure)
        + optional(None if promoted_from is None else u64(promoted_from)) + optional(checkpoint)
    )  # fmt: skip


def replica_note(shard: int, incarnation: int, note: bytes) -> bytes:
    return u8(1) + u32(shard) + u64(incarnation) + note


def tail_report(log: bytes, committed: int, has_rows: bool, installing: bytes | None, next_chunk: int) -> bytes:
    return log + u64(committed) + u8(has_rows) + optional(installing) + u32(next_chunk)


def message(shard: int, epoch: int, sender: bytes, receiver: bytes, tag: int, body: bytes) -> bytes:
    return u16(1) + u32(shard) + u64(epoch) + sender + receiver + u8(tag) + body


def beacon(process: int, number: int) -> bytes:
    return u16(1) + u8(1) + u64(process) + u64(number)


def beacon_answer(process: int, number: int, generation: int) -> bytes:
    return u16(1) + u8(2) + u64(process) + u64(number) + u64(generation)


# Search index (Sources/SearchIndex/SearchIndex.md)


ANALYZER = 1


def search_manifest(generation: int, committed: int, following: int, segments: list[tuple[int, int, int, int]]) -> bytes:
    entries = [u64(segment) + u64(length) + u64(live) + u32(deleted) for segment, length, live, deleted in segments]
    return checked(
        b"RSTSIDXM" + u16(1) + u16(ANALYZER) + u64(generation) + u64(committed) + u64(following) + listed(entries)
    )


def search_header(segment: int) -> bytes:
    return checked(b"RSTSIDX1" + u16(1) + u16(ANALYZER) + u64(segment) + u64(0))


def search_trailer(place: int, length: int) -> bytes:
    return checked(u64(place) + u64(length) + b"RSTSIDXE" + u32(0))


def row(values: list[int]) -> bytes:
    """A width and numbers one after the other; not for 128 of them."""
    width = max(values).bit_length()
    bits = sum(value << place * width for place, value in enumerate(values))
    return u8(width) + bits.to_bytes((len(values) * width + 7) // 8, "little")


def differences(values: list[int], less: int) -> list[int]:
    return values[:1] + [second - first - less for first, second in zip(values, values[1:])]


def short_list(places: dict[int, list[int]]) -> tuple[bytes, bytes]:
    """The list and the positions of a term in fewer than 128 documents that stand apart."""
    documents = sorted(places)
    positions = [number for document in documents for number in differences(places[document], 0)]
    frequencies = [len(places[document]) - 1 for document in documents]
    return row(differences(documents, 1)) + row(frequencies), row(positions)


def key_filter(keys: list[bytes]) -> bytes:
    mask = (1 << 64) - 1

    def mix(left: int, right: int) -> int:
        product = left * right
        return product >> 64 ^ product & mask

    def key_hash(key: bytes) -> int:
        state = 0x9E3779B97F4A7C15 ^ len(key)
        for place in range(0, len(key), 8):
            state = mix(state ^ int.from_bytes(key[place : place + 8], "little"), 0xD6E8FEB86659FD93)
        return mix(state ^ state >> 32, 0x9E3779B97F4A7C15)

    lines = max(1, (len(keys) * 10 + 511) // 512)
    bits = [0] * lines
    for value in map(key_hash, keys):
        for probe in range(6):
            bits[value * lines >> 64] |= 1 << (value >> 9 * probe & 511)
    return b"".join(line.to_bytes(64, "little") for line in bits)
