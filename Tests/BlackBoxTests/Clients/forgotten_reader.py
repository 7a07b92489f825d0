"""Begins to read a log's file, and forgets to end: what an operator's shell does within a transaction."""

import sqlite3
import sys
import time

connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, isolation_level=None)
connection.execute("BEGIN")
connection.execute("SELECT count(*) FROM event").fetchall()
print("reading", flush=True)
time.sleep(600)
