"""How a log is judged: log time, standing, duties, numbers and roots. Written from the design alone.

The rooms are those of the crate's `ledger`: each owns what it keeps, takes statements in, and answers questions. `Ledger`
composes them. Statements are plain values; whether a signature is valid is decided before they come here.
"""
