"""The tables of requests in Tests/S3Tests/Fixtures, which the Swift tests hold against the parsers."""

import json
import pathlib
import re
from dataclasses import dataclass, field

from store import ROOT

HERE = pathlib.Path(__file__).parent
FOLDER = ROOT / "Tests" / "S3Tests" / "Fixtures"


@dataclass
class Row:
    """One request and what AWS documents as its answer: status and code."""

    answer: str
    reference: str
    request: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    document: str | None = None
    name: str = ""
    user: str = "root"
    changes: list[list[str]] = field(default_factory=list)
    message: str | None = None

    def __str__(self) -> str:
        shown = f"{self.name or self.request} {self.headers or ''} {self.document or ''}"
        return shown[:300] + f" → {self.answer} ({self.reference})"


def expand(text: str) -> str:
    """`{3 of x#}` is `x1x2x3`."""

    def run(found: re.Match) -> str:
        return "".join(found[2].replace("#", str(number)) for number in range(1, int(found[1]) + 1))

    return re.sub(r"\{(\d+) of ([^}]*)\}", run, text)


def groups(name: str | pathlib.Path) -> list[list[Row]]:
    """Those rows of a file that are refused, by reference."""
    found = json.loads((FOLDER / name).read_text())["groups"]
    return [
        [Row(reference=group["reference"], **row) for row in group["rows"] if row["answer"] != "served"]
        for group in found
    ]
