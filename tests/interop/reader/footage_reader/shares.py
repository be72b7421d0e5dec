"""Shamir's scheme over GF(256) with x^8 + x^4 + x^3 + x + 1, each byte by itself (section 1.7)."""

from collections.abc import Mapping


def multiply(a: int, b: int) -> int:
    """The product in GF(256)."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= 0x11B
        b >>= 1
    return product


def inverse(a: int) -> int:
    """The inverse in GF(256): a^254, since a^255 = 1."""
    result = 1
    for _ in range(254):
        result = multiply(result, a)
    return result


def combine(shares: Mapping[int, bytes]) -> bytes:
    """The secret of exactly as many shares as the threshold says, by the places of their members (from 0)."""
    secret = bytearray(32)
    for i, share in shares.items():
        weight = 1                                      # the Lagrange coefficient of x = i + 1 at 0
        for j in shares:
            if j != i:
                weight = multiply(weight, multiply(j + 1, inverse((j + 1) ^ (i + 1))))
        for position, byte in enumerate(share):
            secret[position] ^= multiply(byte, weight)
    return bytes(secret)
