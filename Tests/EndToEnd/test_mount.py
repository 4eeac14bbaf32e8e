"""A bucket as a folder: `rclone mount` with FUSE, and files as programs use them."""

import contextlib
import hashlib
import os
import pathlib
import random
import shutil
import subprocess

import pytest

from content import content
from store import wait_for

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/fuse"), reason="this machine has no /dev/fuse")


@contextlib.contextmanager
def mounted(store, bucket: str, folder: pathlib.Path):
    """The folder shows the bucket until the block ends; then all that was written is there."""
    environment = store.client_environment()
    process = subprocess.Popen(
        ["rclone", "mount", "--s3-provider", "Other", "--s3-env-auth", "--s3-endpoint", store.endpoint,
         f":s3:{bucket}", str(folder), "--vfs-cache-mode", "writes", "--vfs-write-back", "0s", "--dir-cache-time", "1s",
         "--cache-dir", str(store.folder / "rclone-cache")],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        wait_for(lambda: os.path.ismount(folder) or process.poll() is not None, 20, "the mount")
        assert process.poll() is None, process.stdout.read()
        yield folder
    finally:
        if os.path.ismount(folder):
            subprocess.run(["fusermount3", "-u", str(folder)], check=True, timeout=30)
        process.terminate()
        process.communicate(timeout=30)


def keys(s3, bucket: str) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def stored(s3, bucket: str, key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def holds(s3, bucket: str, expected: list[str]):
    """rclone uploads a moment after a file is closed."""
    wait_for(lambda: keys(s3, bucket) == expected, 20, f"{expected}; there are {keys(s3, bucket)}", interval=0.3)


def test_files_through_a_mount(store, s3, bucket, tmp_path):
    large = content(1, 20 << 20)
    folder = tmp_path / "mount"
    folder.mkdir()
    with mounted(store, bucket, folder):
        (folder / "small.txt").write_text("hello")
        (folder / "ü b.bin").write_bytes(b"")
        (folder / "a" / "b").mkdir(parents=True)
        (folder / "a" / "b" / "large").write_bytes(large)
        holds(s3, bucket, ["a/b/large", "small.txt", "ü b.bin"])
        assert stored(s3, bucket, "a/b/large") == large
        assert stored(s3, bucket, "small.txt") == b"hello"

        # Reading: as a whole, and here and there.
        assert hashlib.sha256((folder / "a" / "b" / "large").read_bytes()).digest() == hashlib.sha256(large).digest()
        with open(folder / "a" / "b" / "large", "rb") as file:
            choose = random.Random(2)
            for _ in range(30):
                place = choose.randrange(len(large))
                file.seek(place)
                assert file.read(5000) == large[place : place + 5000]

        # Changing: appended to, overwritten in the middle, cut short, moved.
        with open(folder / "small.txt", "a") as file:
            file.write(" world")
        wait_for(lambda: stored(s3, bucket, "small.txt") == b"hello world", 20, "what was appended")
        with open(folder / "small.txt", "r+b") as file:
            file.seek(6)
            file.write(b"W")
        wait_for(lambda: stored(s3, bucket, "small.txt") == b"hello World", 20, "what was overwritten")
        os.truncate(folder / "small.txt", 5)
        wait_for(lambda: stored(s3, bucket, "small.txt") == b"hello", 20, "what was cut")
        (folder / "a" / "b" / "large").rename(folder / "a" / "moved")
        holds(s3, bucket, ["a/moved", "small.txt", "ü b.bin"])
        assert stored(s3, bucket, "a/moved") == large

        # What other clients write shows, what they delete goes.
        s3.put_object(Bucket=bucket, Key="from-outside", Body=b"outside")
        wait_for(lambda: "from-outside" in os.listdir(folder), 20, "an object from outside")
        assert (folder / "from-outside").read_bytes() == b"outside"
        s3.delete_object(Bucket=bucket, Key="from-outside")
        wait_for(lambda: "from-outside" not in os.listdir(folder), 20, "an object to go")

        # A tree of files in and out again, by other programs.
        tree = tmp_path / "tree"
        for number in range(60):
            file = tree / f"{number % 5}" / f"{number}.bin"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content(number, number * 997))
        subprocess.run(["cp", "-r", str(tree), str(folder / "tree")], check=True, timeout=120)
        subprocess.run(["diff", "-r", str(tree), str(folder / "tree")], check=True, timeout=120)
        wait_for(lambda: len([key for key in keys(s3, bucket) if key.startswith("tree/")]) == 60, 30, "the tree")

    # Another mount sees what the first one wrote, and removes it.
    with mounted(store, bucket, folder):
        assert sorted(os.listdir(folder)) == ["a", "small.txt", "tree", "ü b.bin"]
        assert (folder / "small.txt").read_text() == "hello"
        assert (folder / "a" / "moved").stat().st_size == len(large)
        subprocess.run(["diff", "-r", str(tmp_path / "tree"), str(folder / "tree")], check=True, timeout=120)
        shutil.rmtree(folder / "tree")
        (folder / "ü b.bin").unlink()
        holds(s3, bucket, ["a/moved", "small.txt"])
