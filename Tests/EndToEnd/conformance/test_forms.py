"""Uploads from a form: "POST Object" (RESTObjectPOST.html) and "POST policy" (sigv4-HTTPPOSTConstructPolicy.html)."""

import base64

import pytest
import requests

from content import content
from steps import exists, get, headers


@pytest.fixture
def s3(store):
    """Forms of Signature Version 4."""
    return store.client(signature_version="s3v4")


def post(url: str, fields: dict, data: bytes = b"data", name: str = "file.txt", **named) -> requests.Response:
    return requests.post(url, data=fields, files={"file": (name, data)}, allow_redirects=False, timeout=20, **named)


def form(s3, bucket, key="key", fields=None, conditions=None, seconds=3600):
    made = s3.generate_presigned_post(bucket, key, Fields=fields, Conditions=conditions, ExpiresIn=seconds)
    return made["url"], made["fields"]


@pytest.mark.parametrize("size", [0, 1, 10_000, 16 * 1024 + 1, 1_000_000, 9_000_000])
def test_a_file_of_any_size(s3, bucket, size):
    url, fields = form(s3, bucket)
    answer = post(url, fields, content(size, size))
    assert answer.status_code == 204, answer.text
    assert get(s3, bucket, "key") == content(size, size)
    assert answer.headers["etag"] == s3.head_object(Bucket=bucket, Key="key")["ETag"]


def test_the_name_of_the_file_in_the_key(s3, bucket):
    url, fields = form(s3, bucket, "uploads/${filename}")
    assert post(url, fields, name="holiday photo.jpg").status_code == 204
    assert exists(s3, bucket, "uploads/holiday photo.jpg")


@pytest.mark.parametrize("status", ["200", "201", "204", "999"])
def test_the_status_of_success(s3, bucket, status):
    url, fields = form(s3, bucket, fields={"success_action_status": status}, conditions=[{"success_action_status": status}])
    answer = post(url, fields)
    assert answer.status_code == (204 if status == "999" else int(status))
    if status == "201":
        assert f"<Bucket>{bucket}</Bucket>" in answer.text and "<Key>key</Key>" in answer.text


def test_a_redirect_after_success(s3, bucket):
    target = "http://example.com/done?x=1"
    url, fields = form(s3, bucket, fields={"success_action_redirect": target},
                       conditions=[{"success_action_redirect": target}])  # fmt: skip
    answer = post(url, fields)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("http://example.com/done?x=1&") and "key=key" in answer.headers["location"]


def test_headers_and_metadata_from_fields(s3, bucket):
    extra = {"Content-Type": "text/css", "x-amz-meta-colour": "blue", "Cache-Control": "no-store"}
    url, fields = form(s3, bucket, fields=extra, conditions=[{name: value} for name, value in extra.items()])
    assert post(url, fields).status_code == 204
    head = headers(s3.head_object(Bucket=bucket, Key="key"))
    assert (head["content-type"], head["x-amz-meta-colour"], head["cache-control"]) == ("text/css", "blue", "no-store")


@pytest.mark.parametrize("low, high, size, accepted", [(0, 10, 10, True), (0, 10, 11, False), (5, 10, 4, False),
                                                       (5, 10, 5, True), (0, 100_000, 100_001, False)])  # fmt: skip
def test_the_length_that_the_policy_allows(s3, bucket, low, high, size, accepted):
    url, fields = form(s3, bucket, conditions=[["content-length-range", low, high]])
    answer = post(url, fields, b"x" * size)
    if accepted:
        assert answer.status_code == 204
    else:
        code = "EntityTooLarge" if size > high else "EntityTooSmall"
        assert answer.status_code == 400 and f"<Code>{code}</Code>" in answer.text
        assert not exists(s3, bucket, "key")


@pytest.mark.parametrize("conditions, value, accepted", [
    ([["starts-with", "$x-amz-meta-tag", "a"]], "abc", True), ([["starts-with", "$x-amz-meta-tag", "a"]], "bcd", False),
    ([["starts-with", "$x-amz-meta-tag", ""]], "anything", True), ([["eq", "$x-amz-meta-tag", "abc"]], "abc", True),
    ([["eq", "$x-amz-meta-tag", "abc"]], "abcd", False), ([{"x-amz-meta-tag": "abc"}], "abc", True),
    ([{"x-amz-meta-tag": "abc"}], "other", False), ([], "not allowed by the policy", False),
], ids=str)  # fmt: skip
def test_conditions(s3, bucket, conditions, value, accepted):
    url, fields = form(s3, bucket, conditions=conditions)
    answer = post(url, fields | {"x-amz-meta-tag": value})
    assert answer.status_code == (204 if accepted else 403), answer.text
    assert exists(s3, bucket, "key") == accepted


def test_fields_that_need_no_condition(s3, bucket):
    url, fields = form(s3, bucket)
    assert post(url, fields | {"x-ignore-something": "1"}).status_code == 204


def test_a_policy_that_has_expired(s3, bucket):
    url, fields = form(s3, bucket, seconds=-10)
    answer = post(url, fields)
    assert answer.status_code == 403 and "<Code>AccessDenied</Code>" in answer.text
    assert not exists(s3, bucket, "key")


@pytest.mark.parametrize("field, value, status", [
    ("x-amz-signature", "0" * 64, 403), ("policy", base64.b64encode(b"{}").decode(), 403), ("key", "other", 403),
    ("x-amz-credential", "nobody/20260101/us-east-1/s3/aws4_request", 403), ("x-amz-algorithm", "AWS4-HMAC-MD5", 400),
])  # fmt: skip
def test_fields_that_were_changed(s3, bucket, field, value, status):
    url, fields = form(s3, bucket)
    answer = post(url, {name: value if name == field else old for name, old in fields.items()})
    assert answer.status_code in (status, 400, 403) and answer.status_code != 204
    assert not exists(s3, bucket, "key") and not exists(s3, bucket, "other")


@pytest.mark.parametrize("field", ["key", "policy", "x-amz-signature", "x-amz-credential", "x-amz-date", "x-amz-algorithm"])
def test_fields_that_are_missing(s3, bucket, field):
    url, fields = form(s3, bucket)
    answer = post(url, {name: value for name, value in fields.items() if name != field})
    assert answer.status_code in (400, 403), answer.text
    assert not exists(s3, bucket, "key")


def test_a_form_without_a_file(s3, bucket):
    url, fields = form(s3, bucket)
    answer = requests.post(url, files={name: (None, value) for name, value in fields.items()}, timeout=10)
    assert answer.status_code == 400 and not exists(s3, bucket, "key")


def test_a_body_that_is_no_form(s3, bucket):
    url, _ = form(s3, bucket)
    answer = requests.post(url, data=b"nonsense", headers={"content-type": "text/plain"}, timeout=10)
    assert answer.status_code in (400, 412, 415) and "<Code>" in answer.text


def test_a_policy_that_is_no_json(store, s3, bucket):
    from raw import Signature, _mac
    from store import ACCESS_KEY

    signature = Signature()
    policy = base64.b64encode(b"{nonsense").decode()
    fields = {"key": "key", "policy": policy, "x-amz-algorithm": "AWS4-HMAC-SHA256",
              "x-amz-credential": f"{ACCESS_KEY}/{signature.scope}", "x-amz-date": signature.timestamp,
              "x-amz-signature": _mac(signature.key, policy).hex()}  # fmt: skip
    answer = post(f"{store.endpoint}/{bucket}", fields)
    assert answer.status_code == 400 and "<Code>InvalidPolicyDocument</Code>" in answer.text


def test_a_policy_of_another_bucket(s3, bucket):
    url, fields = form(s3, bucket + "-other")
    answer = post(url.replace(bucket + "-other", bucket), fields)
    assert answer.status_code == 403 and not exists(s3, bucket, "key")


def test_a_checksum_in_the_form(s3, bucket):
    import hashlib

    value = base64.b64encode(hashlib.sha256(b"data").digest()).decode()
    extra = {"x-amz-checksum-sha256": value}
    url, fields = form(s3, bucket, fields=extra, conditions=[{name: text} for name, text in extra.items()])
    assert post(url, fields, b"data").status_code == 204
    assert post(url, fields, b"other").status_code == 400
