"""Bytes that can be made again from a seed, of any size, without keeping them."""

import hashlib
import io
import random

_BLOCK = random.Random(20130524).randbytes(1 << 20)


def content(seed: int, size: int) -> bytes:
    """Random bytes; different seeds differ everywhere."""
    return random.Random(seed).randbytes(size)


class Stream(io.RawIOBase):
    """`size` bytes that can be read, and read again from any place, without being in memory.

    Each mebibyte is one random block with its number in front, so that no two of them are alike."""

    def __init__(self, size: int):
        self.size = size
        self.place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def __len__(self) -> int:
        return self.size

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}[whence]
        self.place = max(0, base + offset)
        return self.place

    def read(self, count: int = -1) -> bytes:
        end = self.size if count is None or count < 0 else min(self.size, self.place + count)
        pieces = []
        while self.place < end:
            number, start = divmod(self.place, len(_BLOCK))
            block = number.to_bytes(8, "little") + _BLOCK[8:]
            piece = block[start : start + end - self.place]
            pieces.append(piece)
            self.place += len(piece)
        return b"".join(pieces)

    def readinto(self, buffer) -> int:
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def sha256(self) -> str:
        return hash_of(iter(lambda: self.read(1 << 20), b""))


def hash_of(pieces) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
