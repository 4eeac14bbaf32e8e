"""kill -9 under load: what was acknowledged is there, byte for byte; what was not is there whole, or not at all."""

import hashlib
import random
import subprocess
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

SIZES = [0, 100, 5_000, 16_384, 20_000, 70_000, 400_000, 2_000_000]


class Writer(threading.Thread):
    """Puts and deletes a few keys of its own, over and over, and records for each which states it may be in."""

    def __init__(self, store, number: int, seed: int, sizes: list[int] | None = None):
        super().__init__(daemon=True)
        self.client = store.client(read_timeout=30)
        self.keys = [f"writer-{number}/{index}" for index in range(6)]
        self.random = random.Random(seed)
        self.sizes = sizes or SIZES
        self.ended = threading.Event()
        # For each key the hash of the last acknowledged object (None: absent) and of the one under way.
        self.acknowledged = {key: None for key in self.keys}
        self.under_way = {}
        self.count = 0

    def run(self) -> None:
        try:
            while not self.ended.is_set():
                key = self.random.choice(self.keys)
                if self.random.random() < 0.15:
                    self.under_way = {key: None}
                    self.client.delete_object(Bucket="bucket", Key=key)
                    self.acknowledged[key] = None
                else:
                    data = self.random.randbytes(self.random.choice(self.sizes))
                    digest = hashlib.sha256(data).hexdigest()
                    self.under_way = {key: digest}
                    self.client.put_object(Bucket="bucket", Key=key, Body=data)
                    self.acknowledged[key] = digest
                self.under_way = {}
                self.count += 1
        except (BotoCoreError, ClientError):
            pass  # The store was killed: what was under way may have been done or not.


def check(client, writer: Writer) -> None:
    for key in writer.keys:
        try:
            digest = hashlib.sha256(client.get_object(Bucket="bucket", Key=key)["Body"].read()).hexdigest()
        except client.exceptions.NoSuchKey:
            digest = None
        allowed = [writer.acknowledged[key]] + ([writer.under_way[key]] if key in writer.under_way else [])
        assert digest in allowed, f"{key}: an acknowledged state was lost"
        writer.acknowledged[key] = digest
    writer.under_way = {}


def test_nothing_acknowledged_is_lost(make_store):
    write_and_kill(make_store(6), rounds=4)


def test_kill_while_journals_are_recycled(make_store):
    """Small segments and objects inside the metadata: what the journals let go must be in the rows' tables by then. A kill
    loses all rows that were not flushed, since they have no log of their own."""
    store = make_store(3, settings=["--journal-segment-bytes", "8MiB"])
    write_and_kill(store, rounds=2, sizes=[16_000], seconds=9)


def write_and_kill(store, rounds: int, sizes: list[int] | None = None, seconds: float = 2) -> None:
    store.start()
    store.client().create_bucket(Bucket="bucket")
    states: dict[int, Writer] = {}
    for round_number in range(rounds):
        writers = [Writer(store, number, 100 * round_number + number, sizes) for number in range(8)]
        for number, writer in enumerate(writers):
            if number in states:
                writer.acknowledged = states[number].acknowledged
            writer.start()
        time.sleep(seconds + round_number * 0.37)
        store.kill()
        for writer in writers:
            writer.ended.set()
            writer.join()
        assert sum(writer.count for writer in writers) > 20, "too little was written to prove anything"
        store.start()
        client = store.client()
        for number, writer in enumerate(writers):
            check(client, writer)
            states[number] = writer
        listed = {entry["Key"] for page in client.get_paginator("list_objects_v2").paginate(Bucket="bucket")
                  for entry in page.get("Contents", [])}  # fmt: skip
        present = {key for writer in writers for key, digest in writer.acknowledged.items() if digest is not None}
        assert listed == present
    assert store.stop() == 0


def test_kill_while_the_store_is_founded(make_store):
    """A founding that was interrupted, wherever that was, is done anew or finished by the next start."""
    for round_number in range(12):
        store = make_store(3)
        founding = subprocess.Popen(
            store.command(), env=store.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(0.01 * (round_number + 1))
        founding.kill()
        founding.wait()
        store.start()
        client = store.client()
        client.create_bucket(Bucket="bucket")
        client.put_object(Bucket="bucket", Key="key", Body=b"x" * 100_000)
        assert client.get_object(Bucket="bucket", Key="key")["Body"].read() == b"x" * 100_000
        store.close()
