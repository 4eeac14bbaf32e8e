"""The load client, run small: every workload against a real store, contents compared, so that the benchmarks cannot rot."""

import json
import subprocess

import pytest

from store import ACCESS_KEY, SECRET_KEY, programs


def bench(store, *arguments: str, secret_key: str = SECRET_KEY) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(programs() / "bench"), *arguments, "--endpoint", f"127.0.0.1:{store.s3_port}", "--pid", str(store.process.pid),
         "--access-key", ACCESS_KEY, "--secret-key", secret_key],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("workload", ["put", "get", "head", "list", "delete", "mixed"])
@pytest.mark.parametrize("size", ["4k", "1m"])
def test_workloads(store, workload, size):
    done = bench(store, workload, "--size", size, "--keys", "20", "--concurrency", "4", "--duration", "1", "--json",
                 "--bucket", f"bench-{workload}-{size}")  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    result = json.loads(done.stdout)
    assert result["operations"] > 0 and not result["failures"]


def test_the_suite(store, tmp_path):
    """How fast this machine is decides whether floors are met, and with it the exit status; that they are measured and
    that nothing fails does not."""
    done = bench(store, "suite", "--only", "1,2,3,4,7,8", "--duration", "1", "--list-objects", "2000", "--keys", "20",
                 "--limits", str(tmp_path))  # fmt: skip
    assert done.returncode in (0, 1) and "FAILED" not in done.stdout, done.stderr + done.stdout
    for row in ("1 PUT 4 KiB", "4 GET 1 MiB", "7 LIST", "8 memory idle"):
        assert row in done.stdout
    assert "limit:" in done.stdout


def test_what_pages_of_listings_cost(store):
    """Whether the bounds are met depends on the machine's other work in so short a run; that every page is full does not."""
    done = bench(store, "listing", "--list-objects", "3000", "--bucket", "bench", "--json")
    assert done.returncode in (0, 1), done.stderr + done.stdout
    assert len(json.loads(done.stdout)["medianNanoseconds"]) == 5


def test_failures_are_counted_and_end_it_with_status_1(store):
    done = bench(store, "put", "--operations", "5", secret_key="wrong-secret-key")
    assert done.returncode == 1
