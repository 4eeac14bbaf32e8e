"""A real store for the tests: the program `roost` on folders of its own, with faults from outside."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import boto3
import botocore.config

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACCESS_KEY = "end-to-end"
SECRET_KEY = "end-to-end-secret-key-of-the-tests"
REGION = "us-east-1"


def programs() -> pathlib.Path:
    """The folder of the release programs."""
    named = os.environ.get("ROOST_PROGRAMS")
    return pathlib.Path(named) if named else ROOT / ".build" / "release"


def workspace() -> pathlib.Path:
    """Where stores lie: on the disk of the repository (a /tmp in memory would prove nothing of O_DIRECT)."""
    folder = pathlib.Path(os.environ.get("ROOST_TEST_FOLDER", ROOT / ".build" / "end-to-end"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class StartFailed(Exception):
    """The program ended instead of becoming ready."""

    def __init__(self, status: int, output: str):
        super().__init__(f"roost ended with {status}:\n{output}")
        self.status = status
        self.output = output


class NotReady(Exception):
    """The program runs, but is not ready after the time that was given."""


class Store:
    """A `roost serve` on `drives` folders, with free ports. Started by `start`, ended by `stop` or `kill`."""

    def __init__(self, drives: int = 6, settings: list[str] | None = None, folder: pathlib.Path | None = None):
        self.folder = folder or pathlib.Path(tempfile.mkdtemp(dir=workspace(), prefix="store-"))
        self.drives = [self.folder / f"drive{number}" for number in range(1, drives + 1)]
        for drive in self.drives:
            drive.mkdir(parents=True, exist_ok=True)
        self.settings = settings or []
        self.s3_port, self.admin_port, self.rpc_port = free_port(), free_port(), free_port()
        self.process: subprocess.Popen | None = None
        self.lines: list[str] = []
        self.scheme = "http"
        # Whom the program runs as; None: as the tests.
        self.user: int | None = None

    # Life

    @property
    def endpoint(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.s3_port}"

    @property
    def admin(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.admin_port}"

    def command(self) -> list[str]:
        return [
            str(programs() / "roost"), "serve", "--data", *map(str, self.drives),
            "--s3-listen", f"127.0.0.1:{self.s3_port}", "--admin-listen", f"127.0.0.1:{self.admin_port}",
            "--rpc-listen", f"127.0.0.1:{self.rpc_port}", "--log-format", "plain", *self.settings,
        ]  # fmt: skip

    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ROOST_")}
        return clean | {"ROOST_ROOT_ACCESS_KEY": ACCESS_KEY, "ROOST_ROOT_SECRET_KEY": SECRET_KEY}

    def start(self, timeout: float = 40) -> "Store":
        """Returns at the ready line; raises `StartFailed` if the program ends before, `NotReady` if that takes too long."""
        assert self.process is None, "the store runs already"
        self.lines = []
        ready = threading.Event()
        process = subprocess.Popen(
            self.command(), env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            user=self.user,
        )

        def read() -> None:
            for line in process.stdout:
                self.lines.append(line.rstrip("\n"))
                if "roost is ready" in line:
                    ready.set()
            ready.set()

        threading.Thread(target=read, daemon=True).start()
        came = ready.wait(timeout)
        if not any("roost is ready" in line for line in self.lines):
            if process.poll() is None and came:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)
            if process.poll() is None:
                process.kill()
                process.wait()
                raise NotReady(f"after {timeout} s:\n" + self.output)
            raise StartFailed(process.returncode, self.output)
        self.process = process
        return self

    @property
    def output(self) -> str:
        return "\n".join(self.lines[-200:])

    def stop(self, timeout: float = 60) -> int:
        """SIGTERM; returns the program's exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self.process = None
            raise AssertionError(f"SIGTERM was not followed within {timeout} s:\n" + self.output) from None
        self.process = None
        return status

    def kill(self) -> None:
        """SIGKILL: what was not synced before the acknowledgement would be in the page cache still; see README."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def close(self) -> None:
        """Ends the program if it runs, and removes the folders."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    # Clients

    def client(self, **configuration):
        """A boto3 client with its default checksums; one try, so that a test sees every error."""
        configuration.setdefault("retries", {"total_max_attempts": 1})
        configuration.setdefault("s3", {"addressing_style": "path"})
        return boto3.client(
            "s3", endpoint_url=self.endpoint, aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY,
            region_name=REGION, verify=str(self.folder / "certificate.pem") if self.scheme == "https" else None,
            config=botocore.config.Config(**configuration),
        )  # fmt: skip

    def client_environment(self) -> dict[str, str]:
        """For command-line clients: credentials in the environment, no files of the user's."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {
            "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
        }  # fmt: skip

    def control(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs roostctl against this store."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        environment |= {"ROOST_ACCESS_KEY": ACCESS_KEY, "ROOST_SECRET_KEY": SECRET_KEY}
        return subprocess.run(
            [str(programs() / "roostctl"), "--endpoint", self.admin, *arguments],
            env=environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    # Drives

    def take_away(self, *numbers: int) -> None:
        """Drives (from 1) disappear; only while stopped."""
        assert self.process is None
        for number in numbers:
            drive = self.drives[number - 1]
            drive.rename(drive.with_name(drive.name + ".away"))

    def bring_back(self, *numbers: int) -> None:
        assert self.process is None
        for number in numbers:
            drive = self.drives[number - 1]
            drive.with_name(drive.name + ".away").rename(drive)

    def copy(self, without: tuple[int, ...] = ()) -> "Store":
        """A store on copies of the drives; those in `without` (from 1) are missing. Only while stopped.

        The folders have other paths then: what names a drive is its label, not its place."""
        assert self.process is None
        folder = pathlib.Path(tempfile.mkdtemp(dir=workspace(), prefix="copy-"))
        for number, drive in enumerate(self.drives, start=1):
            if number not in without:
                subprocess.run(
                    ["cp", "-a", "--sparse=always", "--reflink=auto", str(drive), str(folder / drive.name)], check=True
                )
        other = Store(len(self.drives), self.settings, folder)
        for number in without:
            other.drives[number - 1].rmdir()
        return other


def wait_for(condition, timeout: float, what: str, interval: float = 0.1):
    """The first true value of `condition`."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"after {timeout} s still waiting for {what}"
        time.sleep(interval)
