"""Random queries against other engines on the same documents: match sets against SQLite's FTS5, match sets and scores
against tantivy, whose figures are Lucene's times k1 + 1. A failure names the seed: `pytest -k 'engines and seed3'`."""

import json
import random
import subprocess
import sys

import pytest
import tantivy

from store import ROOT, programs

sys.path.insert(0, str(ROOT / "Tools" / "bench-search"))
import engines  # noqa: E402

DOCUMENTS, QUERIES = 400, 150
K1 = 1.2


class Clause:
    """A query in three languages."""

    def __init__(self, ours, fts5, other, is_scored=True):
        self.ours, self.fts5, self.other, self.is_scored = ours, fts5, other, is_scored


def clause(rng, words, index, depth):
    kind = rng.choice(["term"] * 4 + ["phrase", "prefix"]) if depth == 0 else rng.choice(["and", "or", "not", "leaf"])
    if kind == "leaf":
        return clause(rng, words, index, 0)
    query = tantivy.Query
    if kind == "term":
        word = rng.choice(words)
        return Clause(word, f'"{word}"', index.term(word))
    if kind == "phrase":
        pair = [rng.choice(words) for _ in range(rng.choice([2, 2, 3]))]
        text = f'"{" ".join(pair)}"'
        return Clause(text, text, query.phrase_query(index.schema, "words", pair))
    if kind == "prefix":
        start = rng.choice(words)[: rng.randint(1, 4)]
        return Clause(f"{start}*", f'"{start}"*', query.regex_query(index.schema, "words", start + ".*"), False)
    parts = [clause(rng, words, index, depth - 1) for _ in range(rng.randint(2, 3))]
    scored = all(part.is_scored for part in parts)
    if kind == "not":
        kept, dropped = parts[0], parts[1]
        other = query.boolean_query([(tantivy.Occur.Must, kept.other), (tantivy.Occur.MustNot, dropped.other)])
        ours = rng.choice(["({}) -({})", "({}) AND NOT ({})"]).format(kept.ours, dropped.ours)
        return Clause(ours, f"({kept.fts5}) NOT ({dropped.fts5})", other, scored)
    name, occur = ("AND", tantivy.Occur.Must) if kind == "and" else ("OR", tantivy.Occur.Should)
    ours = rng.choice([" ", " AND "]) if kind == "and" else " OR "
    return Clause(
        ours.join(f"({part.ours})" for part in parts), f" {name} ".join(f"({part.fts5})" for part in parts),
        query.boolean_query([(occur, part.other) for part in parts]), scored)  # fmt: skip


@pytest.mark.parametrize("cut", [1, 5])
@pytest.mark.parametrize("seed", [1, 2, 3], ids=lambda seed: f"seed{seed}")
def test_engines_agree(tmp_path, seed, cut):
    lines, asked = tmp_path / "documents.jsonl", tmp_path / "queries.txt"
    bench = [str(programs() / "bench"), "search", "--documents", str(DOCUMENTS), "--vocabulary", "60", "--seed", str(seed),
             "--overwrite", "0", "--cut", str(cut), "--folder", str(tmp_path / "roost")]  # fmt: skip
    asked.write_text("")
    done = subprocess.run([*bench, "--write", str(lines), "--dump", str(asked)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    index = engines.Tantivy(str(tmp_path / "tantivy"))
    index.load(lines)
    sqlite = engines.FTS5(str(tmp_path / "fts5.db"))
    sqlite.load(lines)

    rng = random.Random(seed)
    words = sorted({word for fields in engines.documents(lines) for value in fields["words"] for word in value.split()
                    if word.isalpha() and len(word) > 2})  # fmt: skip
    clauses = [clause(rng, words, index, rng.randint(0, 2)) for _ in range(QUERIES)]
    asked.write_text("".join(each.ours + "\n" for each in clauses))
    done = subprocess.run([*bench, "--dump", str(asked)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == QUERIES

    found = 0
    for each, answer in zip(clauses, answers):
        assert "error" not in answer, answer
        ours = {hit["key"]: hit["score"] for hit in answer["hits"]}
        assert len(ours) == len(answer["hits"]) == answer["count"], each.ours
        found += len(ours)
        assert set(ours) == sqlite.matches(each.fts5), each.ours
        hits = index.searcher.search(each.other, DOCUMENTS).hits
        theirs = {index.searcher.doc(address)["key"][0]: score for score, address in hits}
        assert set(ours) == set(theirs), each.ours
        if each.is_scored:
            for key, score in ours.items():
                assert score * (K1 + 1) == pytest.approx(theirs[key], rel=1e-4), (each.ours, key)
            scores = [hit["score"] for hit in answer["hits"]]
            assert scores == sorted(scores, reverse=True)
    assert found > QUERIES, "queries that find nothing prove nothing"


def test_the_comparison_runs(tmp_path):
    """Whether goals are met at this size is not the question; that all is measured and the matches are equal is."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "Tools/bench-search/compare.py"), str(programs() / "bench"), "--documents", "3000",
         "--overwrite", "10", "--no-merges", "--cut", "3", "--json", "--folder", str(tmp_path / "bench")],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode in (0, 1) and done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert len(report["rows"]) == 11 and report["figures"]["diskBytes"] > 0
    for row in report["rows"]:
        assert row["roost"] > 0 and row.get("count") == row.get("tantivyCount"), row
