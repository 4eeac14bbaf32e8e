#!/usr/bin/env python3
"""Writes rows.txt: rows and commands byte by byte from the tables in Sources/README.md ("Rows", "Commands").

    python3 Tests/MetadataTests/Fixtures/make_rows.py
"""
import hashlib
import pathlib
import struct


def u8(n): return struct.pack("<B", n)
def u16(n): return struct.pack("<H", n)
def u32(n): return struct.pack("<I", n)
def u64(n): return struct.pack("<Q", n)
def big16(n): return struct.pack(">H", n)
def big32(n): return struct.pack(">I", n)
def big64(n): return struct.pack(">Q", n)
def data(b): return u32(len(b)) + b
def text(s): return data(s.encode())
def short(b): return u8(len(b)) + b


BUCKET = 0x1122334455667788
KEY = b"a\x00/\xc3\xa9"
ESCAPED = b"a\x00\xff/\xc3\xa9" + b"\x00\x01"
UPLOAD = (0x0000018C_00000001, 0xA1A2A3A4A5A6A7A8)
BLOB = (0x0102030405060708, 0x090A0B0C0D0E0F10)


def row(kind, rest=b"", key=ESCAPED):
    """store 7, kind, bucket, escaped key, rest."""
    return big32(7) + u8(kind) + big64(BUCKET) + key + rest


def id_big(pair): return big64(pair[0]) + big64(pair[1])
def id_little(pair): return u64(pair[0]) + u64(pair[1])


def blob(size, low=BLOB[1]):
    return u64(BLOB[0]) + u64(low) + u16(3) + u8(4) + u8(2) + u32(8 << 20) + u64(size)


MD5 = bytes(range(16))
STANDARD = u32(1) + u8(2) + text("text/plain")
USER = u32(1) + text("colour") + text("blue")
TAGS = u32(2) + text("k") + text("v") + text("\u00e9") + text("")


def entry(location):
    return (u8(1) + u64(1700000000000) + u64(12345) + short(MD5) + u16(3) + u8(5) + u8(2) + u64(0) + u8(0)
            + location + u64(1600000000000) + text("owner") + short(b"\x01\x02\x03\x04\x05\x06\x07\x08")
            + STANDARD + USER + TAGS)


def part(low, size):
    return u8(1) + u64(1700000000001) + MD5 + blob(size, low) + short(b"\xee" * 8)


UPLOAD_RECORD = u8(1) + u64(UPLOAD[0]) + text("owner") + u8(3) + u8(1) + u8(1) + STANDARD + USER + TAGS
COMPLETION = (u8(1) + short(b"\x11" * 32) + u64(1700000000002) + u64(10485766) + short(MD5) + u16(2) + u8(3) + u8(1)
              + short(b"\x22" * 8))
NAME = u64(BUCKET) + data(KEY) + id_little(UPLOAD)

rows_digest = hashlib.sha256(u16(1) + part(1, 5 << 20) + u16(2) + part(2, 5 << 20) + u16(9) + part(9, 6)).digest()
list_digest = hashlib.sha256(
    u16(1) + data(MD5) + u8(0) + u16(2) + data(MD5) + u8(1) + data(b"\xee" * 8) + u16(9) + data(MD5) + u8(0)).digest()

BLOCKS = [
    ("entry inline", row(2), entry(u8(0))),
    ("entry blob", row(2), entry(u8(1) + blob(12345))),
    ("entry parts", row(2), entry(u8(2) + u16(1001) + u8(2) + u16(501) + u64(1 << 33) + u16(1200) + u64(1 << 34))),
    ("body", row(4, big64(1600000000000)), b""),
    ("upload", row(5, id_big(UPLOAD)), UPLOAD_RECORD),
    ("part", row(6, id_big(UPLOAD) + big16(9)), part(9, 6)),
    ("garbage blob", row(7, u8(0) + id_big(BLOB)), u8(1) + u64(1700000000003) + blob(12345)),
    ("garbage parts", row(7, u8(1) + id_big(UPLOAD)), u8(1) + u64(1700000000003)),
    ("garbage table", row(7, u8(2) + big64(1600000000000)), u8(1) + u64(1700000000003)),
    ("condemned", row(8, id_big(BLOB)), u64(1700000000003)),
    ("table", row(11, big64(1600000000000) + big16(2)),
     u8(1) + u64(1 << 34) + u16(2) + u16(1200) + MD5 + blob(5 << 20, 1) + short(b"\xee" * 8)
     + u16(1300) + MD5 + blob(6, 2) + short(b"\xee" * 8)),
    ("completion", row(12, id_big(UPLOAD)), COMPLETION),
    ("bucket configuration", row(13, u8(1), b""), b""),
    ("user", big32(7) + u8(14) + "j\u00fc".encode(), u8(1) + u64(1700000000004) + u8(1) + text("works")),
    ("access key", big32(7) + u8(15) + b"AKIA1", u8(1) + text("j\u00fc") + u64(1700000000004) + u8(0)
     + data(b"\x99" * 5)),
    ("key of user", big32(7) + u8(16) + short("j\u00fc".encode()) + b"AKIA1", b""),
    ("change", big32(7) + u8(17) + big64(99), u8(1) + u64(1700000000005) + u32(3)
     + u8(1) + u64(BUCKET) + data(KEY) + u64(1700000000006) + u64(12345) + short(MD5) + u16(3)
     + u8(2) + u64(BUCKET) + data(KEY) + u8(3) + u64(BUCKET) + data(b"")),
    ("command create user", b"", u8(48) + text("j\u00fc") + text("works")),
    ("command update user", b"", u8(49) + text("j\u00fc") + u8(1) + u8(0) + u8(0)),
    ("command delete user", b"", u8(50) + text("j\u00fc")),
    ("command create access key", b"", u8(51) + text("AKIA1") + text("j\u00fc") + data(b"\x99" * 5)),
    ("command update access key", b"", u8(52) + text("AKIA1") + u8(0) + u8(1) + data(b"\x98")),
    ("command delete access key", b"", u8(53) + text("AKIA1")),
    ("command complete", b"", u8(34) + NAME + u32(2) + u16(1) + u16(2) + u16(9) + u16(9) + data(rows_digest)
     + data(list_digest) + data(MD5) + data(b"\x22" * 8) + u8(2) + data(MD5) + u16(7)),
    ("command put part", b"", u8(33) + NAME + u16(9) + part(9, 6)),
    ("command create upload", b"", u8(32) + u64(BUCKET) + data(KEY) + u64(UPLOAD[1]) + UPLOAD_RECORD),
    ("command abort", b"", u8(35) + NAME),
    ("command forget", b"", u8(36) + u32(1) + NAME),
    ("command clear parts", b"", u8(12) + u64(BUCKET) + data(KEY) + u8(2) + u64(1600000000000) + u16(2)),
    ("command clear garbage", b"", u8(10) + u32(2) + u64(BUCKET) + data(KEY) + u8(0) + id_little(BLOB)
     + u64(BUCKET) + data(KEY) + u8(1) + id_little(UPLOAD)),
    ("command delete objects", b"", u8(13) + u64(BUCKET) + u32(2) + data(KEY) + u8(0) + data(b"b") + u8(2)
     + data(MD5) + u16(0)),
    ("command rewrite", b"", u8(14) + u64(BUCKET) + data(KEY) + u64(1700000000000) + STANDARD + USER + TAGS + u8(3)),
    ("command set tags", b"", u8(15) + u64(BUCKET) + data(KEY) + TAGS),
    ("command configure bucket", b"", u8(16) + text("name") + u64(BUCKET) + u8(1) + u8(1) + data(b"\x05\x06")),
    ("command set search schema", b"", u8(17) + u64(BUCKET) + u8(1) + data(b"\x05\x06")),
    ("result completed", b"", u8(15) + COMPLETION),
    ("result upload created", b"", u8(14) + id_little(UPLOAD)),
    ("result deleted each", b"", u8(18) + u32(4) + bytes([0, 1, 2, 3])),
]

if __name__ == "__main__":
    lines = []
    for name, key, value in BLOCKS:
        lines += [f"name: {name}", f"key: {key.hex()}", f"value: {value.hex()}", ""]
    (pathlib.Path(__file__).parent / "rows.txt").write_text("\n".join(lines))
