"""The programs as an operator meets them: start, stop, configuration, admin API, health, metrics."""

import json
import os
import re
import socket
import subprocess
import threading
import time

import pytest
import requests

from content import Stream, content, hash_of
from raw import Signature
from store import ACCESS_KEY, SECRET_KEY, StartFailed, programs
from test_objects import code_of


def test_a_stop_finishes_what_is_under_way(make_store):
    store = make_store(6).start()
    client = store.client()
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="large", Body=Stream(60 << 20))
    download = client.get_object(Bucket="bucket", Key="large")["Body"]
    pieces = [download.read(1 << 20)]
    stopped = threading.Thread(target=lambda: statuses.append(store.stop()))
    statuses: list[int] = []
    stopped.start()
    time.sleep(0.5)
    pieces += list(download.iter_chunks(1 << 20))
    stopped.join()
    assert statuses == [0]
    assert hash_of(pieces) == Stream(60 << 20).sha256()
    store.start()
    assert hash_of(store.client().get_object(Bucket="bucket", Key="large")["Body"].iter_chunks(1 << 20)) == Stream(
        60 << 20
    ).sha256()


def test_a_stop_does_not_wait_for_ever(make_store):
    store = make_store(6, settings=["--shutdown-seconds", "1"]).start()
    client = store.client()
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="large", Body=Stream(60 << 20))
    hanging = client.get_object(Bucket="bucket", Key="large")["Body"]
    assert hanging.read(1)
    begin = time.monotonic()
    assert store.stop() == 0
    assert time.monotonic() - begin < 15


def test_a_restart_keeps_everything(make_store):
    store = make_store(6).start()
    client = store.client()
    client.create_bucket(Bucket="bucket")
    for number in range(50):
        client.put_object(Bucket="bucket", Key=f"{number}", Body=content(number, number * 1000))
    for end in [store.stop, store.kill]:
        end()
        store.start()
        client = store.client()
        for number in range(50):
            assert client.get_object(Bucket="bucket", Key=f"{number}")["Body"].read() == content(number, number * 1000)
        assert client.list_objects_v2(Bucket="bucket")["KeyCount"] == 50


def test_fewer_drives(make_store):
    """Schemes by number of drives; with one there is a warning."""
    for count, scheme in [(1, "1+0"), (2, "1+1"), (3, "2+1"), (4, "2+2")]:
        store = make_store(count, settings=["--minimum-parity", "0"] if count == 1 else []).start()
        client = store.client()
        client.create_bucket(Bucket="bucket")
        for size in [1, 100_000, 3_000_000]:
            client.put_object(Bucket="bucket", Key="key", Body=content(size, size))
            assert client.get_object(Bucket="bucket", Key="key")["Body"].read() == content(size, size)
        status = json.loads(store.control("--json", "status").stdout)
        assert scheme in [pool["scheme"] for pool in status["pools"]]
        assert bool(status["warnings"]) == (count == 1), status["warnings"]
        assert store.stop() == 0


# What stands in the way of a start is named, in words


def refusal(store) -> str:
    """The last line of a start that fails."""
    with pytest.raises(StartFailed) as failed:
        store.start()
    assert failed.value.status == 1
    return [line for line in failed.value.output.splitlines() if line.startswith("roost: ")][-1]


def test_a_port_that_is_taken(make_store):
    for port in ("s3_port", "admin_port"):
        store = make_store(2)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", getattr(store, port)))
            taken.listen()
            assert refusal(store) == f"roost: address already in use: 127.0.0.1:{getattr(store, port)}"
        assert not any(any(drive.iterdir()) for drive in store.drives), "a refused start touched a drive"


def test_an_address_that_is_not_of_this_machine(make_store):
    store = make_store(1)
    store.settings = ["--s3-listen", "192.0.2.1:9000"]
    assert refusal(store) == "roost: cannot assign requested address: 192.0.2.1:9000"


def test_a_certificate_that_is_not_there(make_store):
    store = make_store(1, settings=["--tls-certificate", "/nowhere/certificate.pem", "--tls-key", "/nowhere/key.pem"])
    assert re.fullmatch(r"roost: .*/nowhere/certificate.pem: no such file or directory.*", refusal(store))


def test_a_folder_that_is_not_there_or_none(make_store):
    store = make_store(3)
    store.drives[1].rmdir()
    assert refusal(store) == f"roost: {store.drives[1]} cannot be opened: no such file or folder; nothing was touched"
    store.drives[1].write_bytes(b"a file")
    assert refusal(store).startswith(f"roost: {store.drives[1]} cannot be opened: ")
    assert store.drives[1].read_bytes() == b"a file"


def test_a_folder_without_permission(make_store):
    """Root may do anything: then the program runs as somebody else."""
    store = make_store(2)
    if os.geteuid() == 0:
        # What lies on the way to the folders and the program must be open to everybody.
        store.user = 65534
        probe = subprocess.run([programs() / "roost", "--version"], user=store.user, capture_output=True, check=False)
        if probe.returncode != 0:
            pytest.skip("the program's folder is closed to other users")
    store.folder.chmod(0o755)
    store.drives[0].chmod(0o777)
    store.drives[1].chmod(0o000)
    assert refusal(store) == f"roost: {store.drives[1]} cannot be opened: permission denied; nothing was touched"
    store.drives[1].chmod(0o555)
    assert refusal(store).endswith("permission denied; nothing was touched")
    store.drives[1].chmod(0o777)


def test_a_full_disk(make_store):
    """A really full filesystem. Nothing half-made stands in the way of the next start, once there is room."""
    store = make_store(2)
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(store.drives[1])]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small filesystem needs root")
    try:
        assert f"roost: {store.drives[1]}: journal: no space left on device" in refusal(store)
        subprocess.run(["mount", "-o", "remount,size=400m", str(store.drives[1])], check=True)
        store.start()
        store.client().create_bucket(Bucket="bucket")
        assert store.stop() == 0
    finally:
        subprocess.run(["umount", str(store.drives[1])], check=True)


# Configuration


def test_an_unknown_key_is_refused_with_the_nearest_name(make_store):
    store = make_store(6)
    file = store.folder / "roost.json5"
    file.write_text("{\n  // where clients connect\n  s3Lissten: ':9000',\n}\n")
    store.settings = ["--config", str(file)]
    with pytest.raises(StartFailed) as failed:
        store.start()
    assert failed.value.status == 2
    assert 'line 3, column 3: there is no setting "s3Lissten"; did you mean "s3Listen"?' in failed.value.output
    assert not any(drive.iterdir() for drive in map(lambda drive: drive, store.drives) if any(drive.iterdir()))


def test_a_file_configures_what_flags_do(make_store):
    store = make_store(6)
    file = store.folder / "roost.json5"
    data = f"{store.folder}/drive{{1...6}}"
    file.write_text(f"{{ data: ['{data}'], region: 'eu-test-1', s3Listen: '127.0.0.1:{store.s3_port}' }}")
    store.command = lambda: [
        str(programs() / "roost"), "serve", "--config", str(file), "--admin-listen", f"127.0.0.1:{store.admin_port}",
        "--rpc-listen", f"127.0.0.1:{store.rpc_port}",
    ]  # fmt: skip
    store.start()
    assert code_of(store.client().list_buckets)[1] == "AuthorizationHeaderMalformed"
    assert "drive6" in {path.name for path in store.folder.iterdir()}
    assert any("6 of 6 drives" in line for line in store.lines)


def test_credentials_are_made_once_and_shown_if_none_are_given(make_store):
    store = make_store(6)
    clean = store.environment
    store.environment = lambda: {
        name: value for name, value in clean().items() if not name.startswith("ROOST_ROOT_")
    }
    store.start()
    found = dict(re.findall(r"(ROOST_ROOT_\w+)=(\S+)", store.output))
    assert set(found) == {"ROOST_ROOT_ACCESS_KEY", "ROOST_ROOT_SECRET_KEY"}
    assert len(found["ROOST_ROOT_SECRET_KEY"]) >= 32


def test_help_names_every_setting():
    text = subprocess.run([programs() / "roost", "serve", "--help"], capture_output=True, text=True, check=True).stdout
    for name in ["--data", "--s3-listen", "ROOST_S3_LISTEN", "s3Listen", "--memory-budget-bytes", "--config"]:
        assert name in text


# Looking inside


def test_roostctl_shows_the_store(store):
    for command, words in [("status", ["healthy", "6 of 6 online", "4+2"]), ("drives", ["DRIVE", "online", "drive6"]),
                           ("shards", ["SHARD", "serving"])]:  # fmt: skip
        done = store.control(command)
        assert done.returncode == 0, done.stderr
        for word in words:
            assert word in done.stdout, done.stdout
    drives = json.loads(store.control("--json", "drives").stdout)
    assert len(drives["drives"]) == 6 and drives["links"]


def test_roostctl_says_what_is_wrong(store):
    done = store.control("bogus")
    assert (done.returncode, "no command" in done.stderr) == (2, True)
    done = store.control("--endpoint", "http://127.0.0.1:1", "status")
    assert (done.returncode, "cannot be reached" in done.stderr) == (1, True)


def test_the_admin_api_is_for_signed_requests(store):
    url = f"{store.admin}/admin/v1/status"
    assert requests.get(url, timeout=10).status_code == 403
    headers = Signature("wrong").head("GET", "/admin/v1/status", "", {"host": f"127.0.0.1:{store.admin_port}"}, "UNSIGNED-PAYLOAD")
    assert requests.get(url, headers=headers, timeout=10).status_code == 403
    headers = Signature().head("GET", "/admin/v1/status", "", {"host": f"127.0.0.1:{store.admin_port}"}, "UNSIGNED-PAYLOAD")
    answer = requests.get(url, headers=headers, timeout=10)
    assert answer.status_code == 200
    assert SECRET_KEY not in answer.text
    for link in answer.json()["links"].values():
        headers = Signature().head("GET", link, "", {"host": f"127.0.0.1:{store.admin_port}"}, "UNSIGNED-PAYLOAD")
        assert requests.get(store.admin + link, headers=headers, timeout=10).status_code == 200


def test_health_and_metrics(store, s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    assert requests.get(f"{store.admin}/health/live", timeout=10).status_code == 200
    assert requests.get(f"{store.admin}/health/ready", timeout=10).status_code == 200
    text = requests.get(f"{store.admin}/metrics", timeout=10).text
    samples = {}
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP|TYPE) [a-z_]+ .+", line), line
            continue
        name, value = re.fullmatch(r'([a-z_]+(?:\{(?:[a-z_]+="[^"]*",?)*\})?) (\S+)', line).groups()
        samples[name] = float(value)
    assert any(name.startswith("roost_requests_total") and "PutObject" in name for name in samples)
    assert sum(value for name, value in samples.items() if name.startswith("roost_drive_online")) == 6


def test_secrets_are_not_logged(store, s3, bucket):
    code_of(s3.get_object, Bucket=bucket, Key="none")
    assert SECRET_KEY not in store.output
    assert ACCESS_KEY  # Access keys may be logged; secrets never.
