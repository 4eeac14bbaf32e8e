import itertools
import subprocess

import pytest

from store import Store

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def store():
    """A store on six drives that runs through all tests that do it no harm."""
    running = Store(6).start()
    yield running
    running.close()


@pytest.fixture(scope="session")
def s3(store):
    return store.client()


@pytest.fixture
def bucket(s3):
    """A bucket of the test's own."""
    name = f"bucket-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def make_store():
    """Makes stores for tests that stop, kill and damage them; all are removed at the end."""
    made = []

    def make(*arguments, **named) -> Store:
        made.append(Store(*arguments, **named))
        return made[-1]

    def adopt(store: Store) -> Store:
        made.append(store)
        return store

    make.adopt = adopt
    yield make
    for store in made:
        store.close()


@pytest.fixture
def make_tls_store(make_store):
    """Makes a store that speaks TLS with a certificate of its own."""

    def make() -> Store:
        store = make_store(6)
        certificate, key = store.folder / "certificate.pem", store.folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=roost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
             "-keyout", str(key), "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        store.settings = ["--tls-certificate", str(certificate), "--tls-key", str(key)]
        store.scheme = "https"
        return store.start()

    return make


def pytest_configure(config):
    config.addinivalue_line("markers", "large: needs gigabytes of disk and minutes; run with ROOST_TEST_LARGE=1")
