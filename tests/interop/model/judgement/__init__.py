"""How a log is judged: log time, standing, duties, numbers and roots. Written from the design alone.

Each room owns what it keeps, takes statements in, and answers questions; `Ledger` composes them. Statements are plain
values; whether a signature is valid is decided before they come here. The crate's ledger does not judge like this yet.
"""
