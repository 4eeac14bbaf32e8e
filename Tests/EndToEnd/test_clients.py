"""The clients that people use, as they are called on a command line: AWS CLI 1 and 2, rclone, s3cmd, curl."""

import pathlib
import shutil
import subprocess
import sys

import pytest

from content import content

KIB, MIB = 1 << 10, 1 << 20
FILES = {"empty": 0, "small.txt": 11, "sub/inline": 16 * KIB, "sub/deep er/striped": 3 * MIB + 1, "ünïcode 🐓": 70 * KIB}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("files")
    for name, size in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(size, size))
    return folder


def run(store, *command, ok=True, cwd=None) -> str:
    done = subprocess.run(
        [str(part) for part in command], env=store.client_environment(), capture_output=True, text=True, timeout=300,
        cwd=cwd,
    )  # fmt: skip
    assert (done.returncode == 0) == ok, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + ("" if ok else done.stderr)


def same_files(left: pathlib.Path, right: pathlib.Path) -> None:
    for name, size in FILES.items():
        assert (right / name).read_bytes() == (left / name).read_bytes() == content(size, size), name


def aws_programs() -> list:
    """The first version from PyPI, in this environment; the second from Debian."""
    first = pathlib.Path(sys.executable).with_name("aws")
    found = [pytest.param(str(first) if first.exists() else shutil.which("aws"), id="first")]
    found.append(pytest.param("/usr/bin/aws", id="second"))
    return found


@pytest.mark.parametrize("aws", aws_programs())
def test_aws_cli(store, files, tmp_path, aws):
    def s3(*arguments, ok=True):
        return run(store, aws, "--endpoint-url", store.endpoint, *arguments, ok=ok)

    name = "aws-first" if aws != "/usr/bin/aws" else "aws-second"
    s3("s3", "mb", f"s3://{name}")
    for file in FILES:
        s3("s3", "cp", files / file, f"s3://{name}/{file}")
    assert "sub/deep er/striped" in s3("s3", "ls", "--recursive", f"s3://{name}")
    assert "PRE sub/" in s3("s3", "ls", f"s3://{name}/")
    for file in FILES:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        s3("s3", "cp", f"s3://{name}/{file}", tmp_path / file)
    same_files(files, tmp_path)
    s3("s3", "sync", f"s3://{name}", tmp_path / "synced")
    same_files(files, tmp_path / "synced")
    assert s3("s3", "sync", files, f"s3://{name}") == "", "a second sync has nothing to do"
    head = s3("s3api", "head-object", "--bucket", name, "--key", "small.txt")
    assert '"ContentLength": 11' in head
    assert "NoSuchKey" in s3("s3api", "get-object", "--bucket", name, "--key", "none", tmp_path / "none", ok=False)
    assert "BucketNotEmpty" in s3("s3", "rb", f"s3://{name}", ok=False)
    for file in FILES:
        s3("s3", "rm", f"s3://{name}/{file}")
    s3("s3", "rb", f"s3://{name}")


def test_rclone(store, files, tmp_path):
    def rclone(*arguments, ok=True):
        return run(
            store, "rclone", "--s3-provider", "Other", "--s3-env-auth", "--s3-endpoint", store.endpoint,
            "--s3-region", "us-east-1", "--retries", "1", "--low-level-retries", "1", *arguments, ok=ok,
        )  # fmt: skip

    rclone("mkdir", ":s3:rclone-bucket")
    rclone("copy", files, ":s3:rclone-bucket/folder")
    rclone("check", "--download", files, ":s3:rclone-bucket/folder")
    rclone("check", files, ":s3:rclone-bucket/folder")
    listed = rclone("lsf", "-R", "--files-only", ":s3:rclone-bucket/folder").splitlines()
    assert sorted(listed) == sorted(FILES)
    rclone("copy", ":s3:rclone-bucket/folder", tmp_path)
    same_files(files, tmp_path)
    rclone("sync", files, ":s3:rclone-bucket/folder")
    rclone("delete", ":s3:rclone-bucket")
    assert rclone("lsf", "-R", ":s3:rclone-bucket") == ""
    rclone("rmdir", ":s3:rclone-bucket")


def test_s3cmd(store, files, tmp_path):
    def s3cmd(*arguments, ok=True):
        host = store.endpoint.partition("//")[2]
        return run(
            store, "s3cmd", "--no-ssl", f"--host={host}", f"--host-bucket={host}", "--region=us-east-1",
            *arguments, ok=ok,
        )  # fmt: skip

    s3cmd("mb", "s3://s3cmd-bucket")
    for file in FILES:
        s3cmd("--disable-multipart", "put", files / file, f"s3://s3cmd-bucket/{file}")
    assert "s3://s3cmd-bucket/small.txt" in s3cmd("ls", "s3://s3cmd-bucket")
    for file in FILES:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        s3cmd("get", f"s3://s3cmd-bucket/{file}", tmp_path / file)
        s3cmd("del", f"s3://s3cmd-bucket/{file}")
    same_files(files, tmp_path)
    s3cmd("rb", "s3://s3cmd-bucket")


def test_curl(store, files, tmp_path):
    """As the README has it: Debian's curl signs what `x-amz-content-sha256` says of the body, and must be told."""

    def curl(*arguments, ok=True):
        environment = store.client_environment()
        user = f"{environment['AWS_ACCESS_KEY_ID']}:{environment['AWS_SECRET_ACCESS_KEY']}"
        return run(
            store, "curl", "-sS", "--fail-with-body", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", user,
            "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", *arguments, ok=ok,
        )  # fmt: skip

    curl("-X", "PUT", f"{store.endpoint}/curl-bucket")
    curl("-T", files / "small.txt", f"{store.endpoint}/curl-bucket/small.txt")
    curl("-T", files / "sub/deep er/striped", f"{store.endpoint}/curl-bucket/striped")
    assert "<Key>small.txt</Key>" in curl(f"{store.endpoint}/curl-bucket?list-type=2")
    curl("-o", tmp_path / "striped", f"{store.endpoint}/curl-bucket/striped")
    assert (tmp_path / "striped").read_bytes() == (files / "sub/deep er/striped").read_bytes()
    assert "NoSuchKey" in curl(f"{store.endpoint}/curl-bucket/none", ok=False)
    for key in ["small.txt", "striped"]:
        curl("-X", "DELETE", f"{store.endpoint}/curl-bucket/{key}")
    curl("-X", "DELETE", f"{store.endpoint}/curl-bucket")
