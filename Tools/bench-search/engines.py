"""tantivy and SQLite FTS5, indexing the documents that `bench search --write` wrote.

What each indexes. All: the words of key, metadata, tags and content type with positions; content type, extension, owner,
storage class, entity tag, version, name and metadata as whole values; size and date as columns; the key to be returned.
Roost besides: positions by field (key, name, each metadata name), and the terms of components as a whole beside their
words. tantivy: one text field with positions for the words, one without for those terms. FTS5: one column a value, with
positions; the rest as columns of a table.
"""

import json
import os
import shutil
import sqlite3
import time

import tantivy


def documents(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


class Tantivy:
    def __init__(self, folder):
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("words", tokenizer_name="whitespace", index_option="position")
        builder.add_text_field("wholes", tokenizer_name="raw", index_option="basic")
        builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
        for name in ("name", "ext", "type", "owner", "class", "etag", "version", "metadata"):
            builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
        builder.add_integer_field("size", indexed=False, fast=True)
        builder.add_integer_field("modified", indexed=False, fast=True)
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema, path=folder)

    def document(self, fields):
        document = tantivy.Document()
        for name in ("key", "name", "ext", "type", "owner", "class", "etag", "version"):
            document.add_text(name, fields[name])
        for name in ("words", "wholes", "metadata"):
            for value in fields[name]:
                document.add_text(name, value)
        document.add_integer("size", fields["size"])
        document.add_integer("modified", fields["modified"])
        return document

    def load(self, path):
        """CPU seconds of tantivy: of its threads, and of this one where it calls it."""
        writer = self.index.writer(heap_size=200 << 20, num_threads=1)
        begin, begin_here, calls = time.process_time(), time.thread_time(), 0.0
        batch = []

        def add():
            nonlocal calls
            start = time.thread_time()
            for overwritten, document in batch:
                if overwritten:
                    writer.delete_documents_by_term("key", overwritten)
                writer.add_document(document)
            calls += time.thread_time() - start
            batch.clear()

        for fields in documents(path):
            batch.append((fields["key"] if fields["overwrite"] else None, self.document(fields)))
            if len(batch) == 5000:
                add()
        add()
        start = time.thread_time()
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()
        calls += time.thread_time() - start
        return time.process_time() - begin - (time.thread_time() - begin_here - calls)

    def term(self, word):
        return tantivy.Query.term_query(self.schema, "words", word, "position")

    def query(self, kind, words):
        terms = [self.term(word) for word in words]
        if kind in ("term", "dated"):
            return terms[0]
        if kind == "and":
            return tantivy.Query.boolean_query([(tantivy.Occur.Must, term) for term in terms])
        if kind == "or":
            return tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        if kind == "phrase":
            return tantivy.Query.phrase_query(self.schema, "words", words)
        return tantivy.Query.regex_query(self.schema, "words", words[0] + ".*")

    def search(self, kind, words):
        query = self.query(kind, words)
        if kind == "dated":
            return lambda: self.searcher.search(
                query, 10, count=False, order_by_field="modified", order=tantivy.Order.Desc)  # fmt: skip
        return lambda: self.searcher.search(query, 10, count=False)

    def count(self, kind, words):
        return self.searcher.search(self.query(kind, words), 1, count=True).count


class FTS5:
    """In a file without a journal, merged at the end; searches score as FTS5 does."""

    NAMES = ("key", "name", "ext", "type", "owner", "class", "etag", "version")

    def __init__(self, path):
        self.path = path
        if os.path.exists(path):
            os.remove(path)
        self.database = sqlite3.connect(path, isolation_level=None)
        for statement in (
            "PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-200000",
            "CREATE VIRTUAL TABLE t USING fts5(a, b, c, d, e, content='', tokenize='ascii')",
            f"CREATE TABLE d(id INTEGER PRIMARY KEY, {', '.join(self.NAMES)}, metadata, size, modified)",
        ):  # fmt: skip
            self.database.execute(statement)

    def load(self, path):
        """CPU seconds, reading the documents excepted."""
        begin = time.process_time()
        reading = 0.0
        self.database.execute("BEGIN")
        lines = documents(path)
        number = 0
        while True:
            before = time.process_time()
            fields = next(lines, None)
            reading += time.process_time() - before
            if fields is None:
                break
            number += 1
            self.database.execute(
                "INSERT INTO t(rowid, a, b, c, d, e) VALUES(?, ?, ?, ?, ?, ?)", (number, *fields["words"]))
            row = (number, *(fields[name] for name in self.NAMES), "\n".join(fields["metadata"]), fields["size"],
                   fields["modified"])  # fmt: skip
            self.database.execute(f"INSERT INTO d VALUES({', '.join('?' * len(row))})", row)
        self.database.execute("COMMIT")
        self.database.execute("INSERT INTO t(t) VALUES('optimize')")
        return time.process_time() - begin - reading

    def matches(self, text):
        """Keys of the documents that match a query of FTS5."""
        sql = "SELECT key FROM t JOIN d ON d.id = t.rowid WHERE t MATCH ?"
        return {key for (key,) in self.database.execute(sql, (text,))}

    def search(self, kind, words):
        if kind == "dated":
            sql = "SELECT key FROM t JOIN d ON d.id = t.rowid WHERE t MATCH ? ORDER BY modified DESC LIMIT 10"
        else:
            sql = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10"
        text = {"or": " OR ", "phrase": " "}.get(kind, " AND ").join(words)
        if kind == "phrase":
            text = f'"{text}"'
        if kind == "prefix":
            text += "*"
        return lambda: self.database.execute(sql, (text,)).fetchall()
