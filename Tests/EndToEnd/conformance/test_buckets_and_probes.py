"""Buckets, and what SDKs and tools ask a bucket for that keeps none of it. API pages of each operation; codes from
"Error responses" (ErrorResponses.html)."""

import pytest

from steps import headers, put, refusal, status

ABSENT = [
    ("get_bucket_policy", {}, (404, "NoSuchBucketPolicy")),
    ("get_bucket_policy_status", {}, (404, "NoSuchBucketPolicy")),
    ("get_bucket_lifecycle_configuration", {}, (404, "NoSuchLifecycleConfiguration")),
    ("get_bucket_cors", {}, (404, "NoSuchCORSConfiguration")),
    ("get_bucket_website", {}, (404, "NoSuchWebsiteConfiguration")),
    ("get_bucket_replication", {}, (404, "ReplicationConfigurationNotFoundError")),
    ("get_bucket_tagging", {}, (404, "NoSuchTagSet")),
    ("get_bucket_encryption", {}, (404, "ServerSideEncryptionConfigurationNotFoundError")),
    ("get_object_lock_configuration", {}, (404, "ObjectLockConfigurationNotFoundError")),
    ("get_public_access_block", {}, (404, "NoSuchPublicAccessBlockConfiguration")),
    ("get_bucket_ownership_controls", {}, (404, "OwnershipControlsNotFoundError")),
    ("get_bucket_analytics_configuration", {"Id": "x"}, (404, "NoSuchConfiguration")),
    ("get_bucket_inventory_configuration", {"Id": "x"}, (404, "NoSuchConfiguration")),
    ("get_bucket_metrics_configuration", {"Id": "x"}, (404, "NoSuchConfiguration")),
    ("get_bucket_intelligent_tiering_configuration", {"Id": "x"}, (404, "NoSuchConfiguration")),
]  # fmt: skip


@pytest.mark.parametrize("operation, named, expected", ABSENT, ids=lambda value: str(value)[:45])
def test_what_is_not_configured(s3, bucket, operation, named, expected):
    assert refusal(getattr(s3, operation), Bucket=bucket, **named) == expected


EMPTY = [
    ("get_bucket_versioning", "Status"), ("get_bucket_accelerate_configuration", "Status"),
    ("get_bucket_logging", "LoggingEnabled"), ("get_bucket_notification_configuration", "TopicConfigurations"),
    ("list_bucket_analytics_configurations", "AnalyticsConfigurationList"),
    ("list_bucket_inventory_configurations", "InventoryConfigurationList"),
    ("list_bucket_metrics_configurations", "MetricsConfigurationList"),
    ("list_bucket_intelligent_tiering_configurations", "IntelligentTieringConfigurationList"),
]  # fmt: skip


@pytest.mark.parametrize("operation, field", EMPTY)
def test_what_is_empty(s3, bucket, operation, field):
    answer = getattr(s3, operation)(Bucket=bucket)
    assert status(answer) == 200 and not answer.get(field)


def test_request_payment_is_the_owners(s3, bucket):
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"


@pytest.mark.parametrize("operation, named", [(entry[0], entry[1]) for entry in ABSENT] + [(entry[0], {}) for entry in EMPTY]
                         + [("get_bucket_request_payment", {}), ("get_bucket_acl", {}), ("get_bucket_location", {})])  # fmt: skip
def test_questions_to_a_bucket_that_does_not_exist(s3, operation, named):
    assert refusal(getattr(s3, operation), Bucket="no-such-bucket-at-all", **named) == (404, "NoSuchBucket")


@pytest.mark.parametrize("operation, named", [
    ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
    ("put_bucket_policy", {"Policy": "{}"}),
    ("put_bucket_cors", {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}}),
    ("put_bucket_website", {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}}),
    ("put_bucket_lifecycle_configuration",
     {"LifecycleConfiguration": {"Rules": [{"ID": "x", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 1}}]}}),
    ("put_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}),
    ("put_public_access_block", {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}),
    ("put_bucket_notification_configuration", {"NotificationConfiguration": {}}),
    ("put_bucket_request_payment", {"RequestPaymentConfiguration": {"Payer": "Requester"}}),
    ("put_bucket_logging", {"BucketLoggingStatus": {}}),
], ids=lambda value: str(value)[:40])  # fmt: skip
def test_configurations_that_are_not_built_are_refused(s3, bucket, operation, named):
    assert refusal(getattr(s3, operation), Bucket=bucket, **named) == (501, "NotImplemented")


def test_the_acl_of_a_bucket_and_of_an_object_is_the_owners(s3, bucket):
    put(s3, bucket, "key")
    for acl in (s3.get_bucket_acl(Bucket=bucket), s3.get_object_acl(Bucket=bucket, Key="key")):
        [grant] = acl["Grants"]
        assert grant["Permission"] == "FULL_CONTROL" and grant["Grantee"]["ID"] == acl["Owner"]["ID"]


@pytest.mark.parametrize("acl, accepted", [("private", True), ("public-read", False), ("public-read-write", False),
                                           ("authenticated-read", False)])  # fmt: skip
def test_canned_acls(s3, bucket, acl, accepted):
    put(s3, bucket, "key")
    calls = [lambda: s3.put_bucket_acl(Bucket=bucket, ACL=acl),
             lambda: s3.put_object_acl(Bucket=bucket, Key="key", ACL=acl),
             lambda: put(s3, bucket, "other", ACL=acl), lambda: s3.create_bucket(Bucket=f"{bucket}-{acl}", ACL=acl)]  # fmt: skip
    for call in calls:
        if accepted:
            assert status(call()) == 200
        else:
            assert refusal(call)[0] in (400, 501)


def test_the_acl_of_nothing(s3, bucket):
    assert refusal(s3.get_object_acl, Bucket=bucket, Key="missing") == (404, "NoSuchKey")


# Buckets themselves


@pytest.mark.parametrize("name", ["abc", "a" * 63, "with-dash", "with.dot", "0starts-with-digit", "a1.b2.c3"])
def test_names(s3, name):
    s3.create_bucket(Bucket=name)
    assert status(s3.head_bucket(Bucket=name)) == 200
    assert name in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]
    s3.delete_bucket(Bucket=name)
    assert refusal(s3.head_bucket, Bucket=name)[0] == 404


def test_creating_what_one_owns_already(s3, bucket):
    assert refusal(s3.create_bucket, Bucket=bucket) == (409, "BucketAlreadyOwnedByYou")


def test_deleting_what_is_not_empty(s3, bucket):
    put(s3, bucket, "key")
    assert refusal(s3.delete_bucket, Bucket=bucket) == (409, "BucketNotEmpty")
    s3.delete_object(Bucket=bucket, Key="key")
    assert status(s3.delete_bucket(Bucket=bucket)) == 204
    assert refusal(put, s3, bucket, "key") == (404, "NoSuchBucket")


def test_a_bucket_made_again_is_empty(s3, bucket):
    put(s3, bucket, "key")
    s3.delete_object(Bucket=bucket, Key="key")
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("named, count", [({}, 3), ({"Prefix": "probe-list-b"}, 1), ({"Prefix": "probe-list-"}, 3),
                                          ({"Prefix": "nothing-here"}, 0), ({"MaxBuckets": 2, "Prefix": "probe-list"}, 2)])  # fmt: skip
def test_listing_buckets(s3, named, count):
    for letter in "abc":
        if refusal_free(s3, f"probe-list-{letter}"):
            continue
    answer = s3.list_buckets(**named)
    names = [entry["Name"] for entry in answer["Buckets"] if entry["Name"].startswith("probe-list-")]
    assert len(names) == count and names == sorted(names)
    if "MaxBuckets" in named:
        rest = s3.list_buckets(**named, ContinuationToken=answer["ContinuationToken"])
        assert [entry["Name"] for entry in rest["Buckets"]] == ["probe-list-c"]


def refusal_free(s3, name: str) -> bool:
    try:
        s3.create_bucket(Bucket=name)
        return True
    except s3.exceptions.BucketAlreadyOwnedByYou:
        return False


def test_the_location(s3, bucket):
    """us-east-1 is told as no constraint."""
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert headers(s3.head_bucket(Bucket=bucket))["x-amz-bucket-region"] == "us-east-1"
