"""What is remembered: rows in, rows out. Functions take a transaction and never commit; `db.Database` does that."""
