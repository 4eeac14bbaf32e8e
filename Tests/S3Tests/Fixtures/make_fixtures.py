"""Writes the fixtures of S3Tests from botocore, the library that every AWS client in Python signs and routes with.

    python3 Tests/S3Tests/Fixtures/make_fixtures.py

signatures.txt  requests as botocore signs them: the verifier must accept each, and refuse each with one byte changed.
forms.txt       policies as botocore signs them for uploads from a form.
routes.txt      every operation of botocore's model of S3 with its method and a URI.

Blocks are divided by empty lines; a line is `name: value`.
"""

import datetime
import hashlib
import pathlib
import re

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.session

HERE = pathlib.Path(__file__).parent
ACCESS, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOW = datetime.datetime(2026, 11, 23, 12, 34, 56, tzinfo=datetime.timezone.utc)
HOST = "127.0.0.1:9000"

botocore.auth.get_current_datetime = lambda *_, **__: NOW

CASES = [
    ("list buckets", "GET", "/", {}, b""),
    ("make bucket", "PUT", "/bucket", {}, b""),
    ("put", "PUT", "/bucket/key", {"Content-Type": "text/plain"}, b"hello"),
    ("put empty", "PUT", "/bucket/key", {}, b""),
    ("plain path", "GET", "/bucket/a/b/../c/./d//e", {}, b""),
    ("escapes in path", "GET", "/bucket/a%20b%2Bc%25d%3De%26f", {}, b""),
    ("escaped slash", "GET", "/bucket/a%2Fb", {}, b""),
    ("utf-8 path", "GET", "/bucket/%C3%A9%F0%9F%90%93", {}, b""),
    ("tilde", "GET", "/bucket/~a~", {}, b""),
    ("unescaped sub-delimiters", "GET", "/bucket/a(b)*c!d'e,f;g@h:i$", {}, b""),
    ("lower-case escapes", "GET", "/bucket/%c3%a9", {}, b""),
    ("empty query value", "GET", "/bucket?uploads", {}, b""),
    ("empty query value with equals", "GET", "/bucket?uploads=", {}, b""),
    ("list", "GET", "/bucket?list-type=2&prefix=a%2Fb&delimiter=%2F&max-keys=7&encoding-type=url", {}, b""),
    ("query out of order", "GET", "/bucket?prefix=x&list-type=2&delimiter=%2F", {}, b""),
    ("repeated query names", "GET", "/bucket?a=2&a=1&a=&b=x", {}, b""),
    ("query names that share a prefix", "GET", "/bucket?a-b=1&a=2&a1=3", {}, b""),
    ("query escapes", "GET", "/bucket?prefix=%20%2B%26%3D%C3%A9~", {}, b""),
    ("range", "GET", "/bucket/key", {"Range": "bytes=0-9"}, b""),
    ("metadata", "PUT", "/bucket/key", {"x-amz-meta-one": "1", "X-Amz-Meta-Two": "two words"}, b"x"),
    ("folded spaces", "PUT", "/bucket/key", {"x-amz-meta-spaces": "  a   b    c  "}, b"x"),
    ("md5", "PUT", "/bucket/key", {"Content-MD5": "XUFAKrxLKna5cZ2REBfFkg=="}, b"hello"),
    ("checksum", "PUT", "/bucket/key", {"x-amz-checksum-crc32": "NhCmhg=="}, b"hello"),
    ("conditional", "PUT", "/bucket/key", {"If-None-Match": "*"}, b"x"),
    ("delete", "DELETE", "/bucket/key", {}, b""),
    ("head", "HEAD", "/bucket/key", {}, b""),
    ("admin", "GET", "/admin/v1/status", {}, b""),
]


def trimmed(value):
    """As an HTTP parser gives it: without white space around (RFC 9110, section 5.5)."""
    return value.strip()


def block(case, mode, method, target, headers, body):
    lines = [f"case: {case}, {mode}", f"method: {method}", f"target: {target}"]
    lines += [f"header: {name.lower()}: {trimmed(value)}" for name, value in headers]
    lines.append(f"sha256: {hashlib.sha256(body).hexdigest()}")
    return "\n".join(lines)


def signatures():
    credentials = botocore.credentials.Credentials(ACCESS, SECRET)
    blocks = []
    for case, method, target, headers, body in CASES:
        request = botocore.awsrequest.AWSRequest(
            method=method, url=f"http://{HOST}{target}", headers=dict(headers, Host=HOST), data=body
        )
        botocore.auth.S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
        blocks.append(block(case, "header", method, target, request.headers.items(), body))

        request = botocore.awsrequest.AWSRequest(
            method=method, url=f"http://{HOST}{target}", headers=dict(headers, Host=HOST), data=b""
        )
        botocore.auth.S3SigV4QueryAuth(credentials, "s3", "us-east-1", expires=600).add_auth(request)
        presigned = request.url.removeprefix(f"http://{HOST}")
        blocks.append(block(case, "presigned", method, presigned, request.headers.items(), b""))
    return "\n\n".join(blocks) + "\n"


FORMS = [
    ("plain", {"key": "a"}, [{"bucket": "bucket"}, {"key": "a"}]),
    (
        "file name",
        {"key": "user/${filename}", "Content-Type": "text/plain"},
        [{"bucket": "bucket"}, ["starts-with", "$key", "user/"], ["starts-with", "$Content-Type", "text/"]],
    ),
    (
        "everything",
        {
            "key": "a",
            "acl": "private",
            "Cache-Control": "no-cache",
            "x-amz-meta-One": "1",
            "x-amz-checksum-crc32": "NhCmhg==",
            "success_action_status": "201",
            "tagging": "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>",
        },
        [
            {"bucket": "bucket"},
            ["eq", "$key", "a"],
            {"acl": "private"},
            ["starts-with", "$cache-control", ""],
            {"x-amz-meta-one": "1"},
            {"x-amz-checksum-crc32": "NhCmhg=="},
            {"success_action_status": "201"},
            ["starts-with", "$tagging", ""],
            ["content-length-range", 1, 10],
        ],
    ),
]


def forms():
    blocks = []
    for case, fields, conditions in FORMS:
        request = botocore.awsrequest.AWSRequest(method="POST", url=f"http://{HOST}/bucket")
        policy = {"expiration": "2026-11-23T13:34:56Z", "conditions": [*conditions]}
        request.context["s3-presign-post-fields"] = dict(fields)
        request.context["s3-presign-post-policy"] = policy
        botocore.auth.S3SigV4PostAuth(
            botocore.credentials.Credentials(ACCESS, SECRET), "s3", "us-east-1"
        ).add_auth(request)
        lines = [f"case: {case}"]
        lines += [f"field: {name}: {value}" for name, value in request.context["s3-presign-post-fields"].items()]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def routes():
    model = botocore.session.get_session().get_service_model("s3")
    lines = []
    for name in sorted(model.operation_names):
        operation = model.operation_model(name)
        uri = operation.http["requestUri"]
        uri = uri.replace("{Bucket}", "bucket").replace("{Key+}", "key")
        required = []
        for member, shape in (operation.input_shape.members if operation.input_shape else {}).items():
            if member not in operation.input_shape.required_members:
                continue
            if shape.serialization.get("location") == "querystring":
                value = "1" if shape.type_name == "integer" else "x"
                required.append(f"{shape.serialization['name']}={value}")
        headers = [
            operation.input_shape.members[member].serialization["name"].lower()
            for member in (operation.input_shape.required_members if operation.input_shape else [])
            if operation.input_shape.members[member].serialization.get("location") == "header"
        ]
        if required:
            uri += ("&" if "?" in uri else "?") + "&".join(required)
        lines.append(
            "\n".join(
                [f"operation: {name}", f"method: {operation.http['method']}", f"target: {uri}"]
                + [f"header: {name}" for name in headers]
            )
        )
    return "\n\n".join(lines) + "\n"


(HERE / "signatures.txt").write_text(signatures(), encoding="utf-8")
(HERE / "routes.txt").write_text(routes(), encoding="utf-8")
(HERE / "forms.txt").write_text(forms(), encoding="utf-8")
