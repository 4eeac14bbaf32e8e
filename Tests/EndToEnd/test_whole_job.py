"""Clients doing their whole job: many files, large files, backups."""

import filecmp
import hashlib
import io
import os
import pathlib
import subprocess
import sys

import pytest
import requests

from content import Stream, content
from store import ACCESS_KEY, REGION, SECRET_KEY
from test_clients import run

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
AWS = "/usr/bin/aws"
COUNT = 5_000


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> pathlib.Path:
    """5,000 small files in 50 folders."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(COUNT):
        path = folder / f"folder {number % 50}" / f"file-{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content(number, number % 3000))
    return folder


def same_tree(left: pathlib.Path, right: pathlib.Path) -> bool:
    names = sorted(path.relative_to(left) for path in left.rglob("*") if path.is_file())
    others = sorted(path.relative_to(right) for path in right.rglob("*") if path.is_file())
    return names == others and all(filecmp.cmp(left / name, right / name, shallow=False) for name in names)


def aws(store, *arguments, ok=True) -> str:
    return run(store, AWS, "--endpoint-url", store.endpoint, *arguments, ok=ok)


def test_aws_sync_of_five_thousand_files(store, many, tmp_path):
    aws(store, "s3", "mb", "s3://sync-many")
    aws(store, "s3", "sync", "--quiet", many, "s3://sync-many/tree")
    assert aws(store, "s3", "sync", many, "s3://sync-many/tree") == ""
    aws(store, "s3", "sync", "--quiet", "s3://sync-many/tree", tmp_path)
    assert same_tree(many, tmp_path)
    assert aws(store, "s3", "sync", "s3://sync-many/tree", tmp_path) == ""
    aws(store, "s3", "mv", "--quiet", "--recursive", "s3://sync-many/tree/folder 1", "s3://sync-many/moved")
    listed = aws(store, "s3", "ls", "--recursive", "--summarize", "s3://sync-many")
    assert f"Total Objects: {COUNT}" in listed and "moved/file-1.txt" in listed and "tree/folder 1/" not in listed
    aws(store, "s3", "rm", "--quiet", "--recursive", "s3://sync-many")
    aws(store, "s3", "rb", "s3://sync-many")


@pytest.mark.skipif(not os.environ.get("ROOST_TEST_LARGE"), reason="large: ROOST_TEST_LARGE=1, as Tools/test sets it")
def test_aws_cp_of_three_gibibytes(store, tmp_path):
    """In parts, as the CLI does by default."""
    expected = hashlib.sha256()
    with (tmp_path / "large").open("wb") as file:
        for chunk in iter(lambda source=Stream(3 * GIB): source.read(8 * MIB), b""):
            expected.update(chunk)
            file.write(chunk)
    aws(store, "s3", "mb", "s3://large-parts")
    aws(store, "s3", "cp", "--quiet", tmp_path / "large", "s3://large-parts/large")
    (tmp_path / "large").unlink()
    head = store.client().head_object(Bucket="large-parts", Key="large", PartNumber=1)
    assert head["PartsCount"] > 1
    got = hashlib.sha256()
    for chunk in store.client().get_object(Bucket="large-parts", Key="large")["Body"].iter_chunks(8 * MIB):
        got.update(chunk)
    assert got.hexdigest() == expected.hexdigest()
    aws(store, "s3", "rm", "s3://large-parts/large")


def test_aws_presign(store, tmp_path):
    aws(store, "s3", "mb", "s3://presigned")
    (tmp_path / "file").write_bytes(b"presigned")
    aws(store, "s3", "cp", tmp_path / "file", "s3://presigned/a b")
    url = aws(store, "s3", "presign", "s3://presigned/a b").strip()
    assert requests.get(url, timeout=10).content == b"presigned"


def test_rclone_in_parts_and_moves(store, tmp_path):
    def rclone(*arguments):
        return run(
            store, "rclone", "--s3-provider", "Other", "--s3-env-auth", "--s3-endpoint", store.endpoint, "--s3-region",
            REGION, "--s3-upload-cutoff", "8M", "--s3-chunk-size", "5M", "--retries", "1", *arguments,
        )  # fmt: skip

    source = tmp_path / "source"
    source.mkdir()
    for name, size in {"large": 23 * MIB + 7, "small": 100}.items():
        (source / name).write_bytes(content(size, size))
    rclone("mkdir", ":s3:rclone-parts")
    rclone("sync", source, ":s3:rclone-parts/one")
    rclone("check", "--download", source, ":s3:rclone-parts/one")
    # On the server: CopyObject for each.
    rclone("copy", ":s3:rclone-parts/one", ":s3:rclone-parts/two")
    rclone("check", "--download", source, ":s3:rclone-parts/two")
    rclone("moveto", ":s3:rclone-parts/two/large", ":s3:rclone-parts/three/large")
    assert rclone("lsf", "-R", "--files-only", ":s3:rclone-parts").split() == ["one/large", "one/small", "three/large", "two/small"]
    rclone("purge", ":s3:rclone-parts")


def test_s3cmd_in_parts(store, tmp_path):
    host = store.endpoint.partition("//")[2]

    def s3cmd(*arguments):
        return run(store, "s3cmd", "--no-ssl", f"--host={host}", f"--host-bucket={host}", f"--region={REGION}", *arguments)

    (tmp_path / "large").write_bytes(content(3, 17 * MIB + 1))
    s3cmd("mb", "s3://s3cmd-parts")
    s3cmd("--multipart-chunk-size-mb=5", "put", tmp_path / "large", "s3://s3cmd-parts/large")
    s3cmd("cp", "s3://s3cmd-parts/large", "s3://s3cmd-parts/copy")
    s3cmd("get", "s3://s3cmd-parts/copy", tmp_path / "back")
    assert filecmp.cmp(tmp_path / "large", tmp_path / "back", shallow=False)
    s3cmd("sync", tmp_path, "s3://s3cmd-parts/tree/")
    s3cmd("del", "--recursive", "--force", "s3://s3cmd-parts")
    s3cmd("rb", "s3://s3cmd-parts")


def test_s5cmd(store, many, tmp_path):
    program = pathlib.Path(sys.executable).with_name("s5cmd")

    def s5cmd(*arguments):
        return run(store, program, "--endpoint-url", store.endpoint, *arguments)

    s5cmd("mb", "s3://s5cmd-bucket")
    (tmp_path / "large").write_bytes(content(4, 60 * MIB))
    s5cmd("cp", "--part-size", "5", tmp_path / "large", "s3://s5cmd-bucket/large")
    s5cmd("cp", "s3://s5cmd-bucket/large", tmp_path / "back")
    assert filecmp.cmp(tmp_path / "large", tmp_path / "back", shallow=False)
    s5cmd("sync", f"{many}/", "s3://s5cmd-bucket/tree/")
    # s5cmd passes over what was modified after it began: times must not run ahead of the clock, however fast writes come.
    assert s5cmd("sync", f"{many}/", "s3://s5cmd-bucket/tree/") == ""
    s5cmd("cp", "s3://s5cmd-bucket/tree/*", f"{tmp_path}/tree/")
    assert same_tree(many, tmp_path / "tree")
    s5cmd("rm", "s3://s5cmd-bucket/*")
    s5cmd("rb", "s3://s5cmd-bucket")


def test_minio_py(store):
    import minio
    from minio.commonconfig import CopySource, Tags
    from minio.deleteobjects import DeleteObject

    client = minio.Minio(store.endpoint.partition("//")[2], ACCESS_KEY, SECRET_KEY, secure=False, region=REGION)
    client.make_bucket("minio-py")
    assert client.bucket_exists("minio-py") and not client.bucket_exists("minio-none")
    data = content(5, 12 * MIB)
    client.put_object("minio-py", "parts", io.BytesIO(data), len(data), part_size=5 * MIB)
    # Of a length that is not known before.
    client.put_object("minio-py", "stream", io.BytesIO(data), -1, part_size=5 * MIB)
    for name in ("parts", "stream"):
        assert client.get_object("minio-py", name).read() == data
    assert client.get_object("minio-py", "parts", offset=100, length=50).read() == data[100:150]
    client.copy_object("minio-py", "copy", CopySource("minio-py", "parts"))
    tags = Tags.new_object_tags()
    tags["project"] = "roost"
    client.set_object_tags("minio-py", "copy", tags)
    assert client.get_object_tags("minio-py", "copy") == {"project": "roost"}
    assert client.stat_object("minio-py", "copy").size == len(data)
    names = [entry.object_name for entry in client.list_objects("minio-py", recursive=True)]
    assert names == ["copy", "parts", "stream"]
    assert list(client.remove_objects("minio-py", [DeleteObject(name) for name in names])) == []
    client.remove_bucket("minio-py")


def test_boto3_of_before_the_default_checksums(store, tmp_path_factory):
    """boto3 1.35, the last line that sent Content-MD5 and no checksums of its own accord."""
    folder = pathlib.Path(sys.prefix).parent / "boto3-1.35"
    if not (folder / "boto3").exists():
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", folder,
                        "boto3==1.35.99"], check=True)  # fmt: skip
    script = f"""
import boto3, boto3.s3.transfer, io
assert boto3.__version__.startswith("1.35")
s3 = boto3.client("s3", endpoint_url="{store.endpoint}", region_name="{REGION}")
s3.create_bucket(Bucket="boto-old")
s3.put_object(Bucket="boto-old", Key="small", Body=b"data", Metadata={{"a": "1"}})
assert s3.get_object(Bucket="boto-old", Key="small")["Body"].read() == b"data"
data = bytes(range(256)) * 100_000
s3.upload_fileobj(io.BytesIO(data), "boto-old", "large", Config=boto3.s3.transfer.TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
back = io.BytesIO()
s3.download_fileobj("boto-old", "large", back)
assert back.getvalue() == data
answer = s3.delete_objects(Bucket="boto-old", Delete={{"Objects": [{{"Key": "small"}}, {{"Key": "large"}}]}})
assert len(answer["Deleted"]) == 2 and "Errors" not in answer
s3.delete_bucket(Bucket="boto-old")
"""
    environment = store.client_environment() | {"PYTHONPATH": str(folder)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_restic_backs_up_and_restores(store, many, tmp_path):
    def restic(*arguments):
        environment = store.client_environment() | {
            "RESTIC_PASSWORD": "of the tests", "RESTIC_REPOSITORY": f"s3:{store.endpoint}/restic-bucket/repository"}  # fmt: skip
        done = subprocess.run(["restic", "--no-cache", *map(str, arguments)], env=environment, capture_output=True,
                              text=True, timeout=200)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    restic("init")
    restic("backup", many)
    (many / "folder 0" / "added.bin").write_bytes(content(6, 20 * MIB))
    try:
        restic("backup", many)
        assert len(restic("snapshots", "--compact").splitlines()) > 4
        restic("check", "--read-data")
        restic("restore", "latest", "--target", tmp_path)
        assert same_tree(many, tmp_path / many.relative_to("/"))
        restic("forget", "--keep-last", "1", "--prune")
        restic("check")
    finally:
        (many / "folder 0" / "added.bin").unlink()
