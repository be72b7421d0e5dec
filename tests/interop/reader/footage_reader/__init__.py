"""A reader of `footage` clips and excerpts, written from `docs/format.md` alone.

Each module stands for a part of that page; section numbers in the comments are the page's.

    errors      the one way to fail
    crypto      1.2-1.6   labels, key derivation, ciphers, signatures, wraps
    shares      1.7       secret sharing
    cbor        2         the one canonical form
    cose        3.1       the envelope of a statement
    values      4         texts and cells
    statements  3.2-3.3   the records
    frames      5.1       the frames of both files
    tree        6         a clip's key tree
    merkle      7         roots and proofs
    clip        5         the clip file
    log         11        notes, checkpoints, standing
    excerpt     8-10      the excerpt file, and opening it

The reader is made for clarity. It does not run in constant time and does not erase secrets: Python can do neither.
"""
