"""Clients that write and read while something breaks, and remember what they were promised."""

import hashlib
import json
import random
import threading
import time

import requests
from botocore.exceptions import BotoCoreError, ClientError

from content import content
from raw import Signature
from store import Store

SIZES = [0, 3_000, 16_384, 20_000, 150_000, 1_000_000, 3_000_000, 9_000_000]


class Call:
    """One request as the client saw it."""

    def __init__(self, kind: str, begin: float, end: float, is_done: bool, what: str):
        self.kind, self.begin, self.end, self.is_done, self.what = kind, begin, end, is_done, what

    def __repr__(self) -> str:
        return f"{self.kind} {self.begin:.2f}–{self.end:.2f} {'done' if self.is_done else 'failed'} {self.what}"


class Load:
    """Writers put objects of their own under new keys; readers read what was acknowledged and compare every byte."""

    def __init__(self, store: Store, writers: int = 6, readers: int = 3, sizes: list[int] | None = None, seed: int = 1):
        self.store = store
        self.sizes = sizes or SIZES
        self.acknowledged: dict[str, tuple[int, int]] = {}
        self.calls: list[Call] = []
        self.wrong: list[str] = []
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.origin = time.monotonic()
        self.threads = [
            threading.Thread(target=self._write, args=(number, seed), daemon=True) for number in range(writers)
        ] + [threading.Thread(target=self._read, args=(number, seed), daemon=True) for number in range(readers)]

    def start(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    @property
    def now(self) -> float:
        return time.monotonic() - self.origin

    def run_for(self, seconds: float) -> "Load":
        time.sleep(seconds)
        return self

    def stop(self) -> "Load":
        self.ended.set()
        for thread in self.threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self.threads), "a request never returned"
        assert not self.wrong, self.wrong
        return self

    def done(self, kind: str, after: float = 0) -> list[Call]:
        """Requests that began after this moment and succeeded."""
        return [call for call in self.calls if call.kind == kind and call.is_done and call.begin >= after]

    def longest(self, kind: str) -> Call:
        return max((call for call in self.calls if call.kind == kind), key=lambda call: call.end - call.begin)

    def longest_gap(self, kind: str) -> float:
        """The longest time in which no request of this kind succeeded."""
        ends = sorted(call.end for call in self.calls if call.kind == kind and call.is_done)
        return max(later - earlier for earlier, later in zip(ends, ends[1:]))

    def check_all(self, store: Store | None = None, patience: float = 40) -> None:
        """Every acknowledged object, byte for byte, and its place in the listing."""
        client = (store or self.store).client(read_timeout=60)
        assert len(self.acknowledged) > 20, "too little was written to prove anything"
        end = time.monotonic() + patience
        for key, (seed, size) in self.acknowledged.items():
            while True:
                try:
                    data = client.get_object(Bucket="bucket", Key=key)["Body"].read()
                    break
                except (BotoCoreError, ClientError) as error:
                    assert not is_final(error), f"{key}: {error}"
                    assert time.monotonic() < end, f"{key}: {error}"
                    time.sleep(0.1)
            assert data == content(seed, size), f"{key} ({size} bytes) differs"
        listed = {
            entry["Key"]: entry["Size"]
            for page in client.get_paginator("list_objects_v2").paginate(Bucket="bucket")
            for entry in page.get("Contents", [])
        }
        for key, (_, size) in self.acknowledged.items():
            assert listed.get(key) == size, f"{key} is not listed"

    def _call(self, kind: str, what: str, body) -> bool:
        begin = self.now
        try:
            body()
            is_done = True
        except (BotoCoreError, ClientError) as error:
            is_done = False
            what += f" {error}"
            if kind == "get" and is_final(error):
                self.wrong.append(f"{what} at {begin:.2f}")
        with self.lock:
            self.calls.append(Call(kind, begin, self.now, is_done, what))
        return is_done

    def _write(self, number: int, seed: int) -> None:
        random_numbers = random.Random(1000 * seed + number)
        client = self.store.client(read_timeout=60)
        count = 0
        while not self.ended.is_set():
            count += 1
            key = f"writer-{seed}-{number}/{count}"
            size = random_numbers.choice(self.sizes)
            this = random_numbers.getrandbits(32)
            body = content(this, size)
            if self._call("put", f"{key} {size}", lambda: client.put_object(Bucket="bucket", Key=key, Body=body)):
                with self.lock:
                    self.acknowledged[key] = (this, size)
            else:
                time.sleep(0.02)

    def _read(self, number: int, seed: int) -> None:
        random_numbers = random.Random(7000 * seed + number)
        client = self.store.client(read_timeout=60)
        while not self.ended.is_set():
            with self.lock:
                known = list(self.acknowledged)
            if not known:
                time.sleep(0.05)
                continue
            key = random_numbers.choice(known)
            this, size = self.acknowledged[key]

            def get() -> None:
                if client.get_object(Bucket="bucket", Key=key)["Body"].read() != content(this, size):
                    self.wrong.append(f"{key} differs at {self.now:.2f}")

            if not self._call("get", f"{key} {size}", get):
                time.sleep(0.02)


def is_final(error: Exception) -> bool:
    """Whether an error says that an object is not there, rather than not now."""
    return isinstance(error, ClientError) and error.response["ResponseMetadata"]["HTTPStatusCode"] < 500


def resource(store: Store, name: str) -> dict:
    """A resource of the admin API, by roostctl: status, drives or shards."""
    done = store.control("--json", name)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def fault(store: Store, number: int, fault: str) -> None:
    """Puts a fault beneath drive `number` (from 1) of the running program: none, error or hang."""
    body = json.dumps({"drive": str(store.drives[number - 1]), "fault": fault}).encode()
    host = {"host": f"127.0.0.1:{store.admin_port}"}
    headers = Signature().head("POST", "/admin/v1/faults", "", host, hashlib.sha256(body).hexdigest())
    answer = requests.post(f"{store.admin}/admin/v1/faults", data=body, headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text
