"""HPKE wraps out of given randomness (sections 1.6 and 1.8), for the reader's own tests: X25519, X-Wing, ML-KEM-768.

The library draws the randomness of an encapsulation itself; so it is done here by RFC 9180 and FIPS 203.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from footage_reader.crypto import X_WING, KemKey, u8, u16

Q, N, K = 3329, 256, 3


# -- HPKE -------------------------------------------------------------------------------------------------------------

def seal(to: KemKey, info: bytes, randomness: bytes, plain: bytes, aad: bytes = b"") -> bytes:
    """`enc` and ciphertext of one message in mode base."""
    shared, enc = encapsulated(to, randomness)
    suite = b"HPKE" + u16(to.kem) + u16(1) + u16(3)
    context = b"\0" + _labeled_extract(suite, b"", b"psk_id_hash", b"")
    context += _labeled_extract(suite, b"", b"info_hash", info)
    secret = _labeled_extract(suite, shared, b"secret", b"")
    key = _labeled_expand(suite, secret, b"key", context, 32)
    nonce = _labeled_expand(suite, secret, b"base_nonce", context, 12)
    return enc + ChaCha20Poly1305(key).encrypt(nonce, plain, aad)


def encapsulated(to: KemKey, randomness: bytes) -> tuple[bytes, bytes]:
    """The shared secret, and `enc`."""
    if to.kem == X_WING:
        return _x_wing(to.key, randomness)
    suite = b"KEM" + u16(to.kem)
    prk = _labeled_extract(suite, b"", b"dkp_prk", randomness)
    ephemeral = _labeled_expand(suite, prk, b"sk", b"", 32)
    enc = _public(ephemeral)
    eae = _labeled_extract(suite, b"", b"eae_prk", _x25519(ephemeral, to.key))
    return _labeled_expand(suite, eae, b"shared_secret", enc + to.key, 32), enc


def _labeled_extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _labeled_expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return HKDFExpand(SHA256(), length, u16(length) + b"HPKE-v1" + suite + label + info).derive(prk)


def _x25519(secret: bytes, public: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))


def _public(secret: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


# -- X-Wing -----------------------------------------------------------------------------------------------------------

def _x_wing(public: bytes, eseed: bytes) -> tuple[bytes, bytes]:
    """`EncapsulateDerand`: the first 32 bytes are ML-KEM's `m`, the others the ephemeral X25519 key."""
    first, second = _ml_kem(public[:1184], eseed[:32])
    point = _public(eseed[32:])
    shared = hashlib.sha3_256(
        first + _x25519(eseed[32:], public[1184:]) + point + public[1184:] + bytes.fromhex("5c2e2f2f5e5c")).digest()
    return shared, second + point


# -- ML-KEM-768 (FIPS 203): encapsulation alone ------------------------------------------------------------------------

def _zetas() -> list[int]:
    return [pow(17, int(f"{i:07b}"[::-1], 2), Q) for i in range(128)]


ZETAS = _zetas()
GAMMAS = [pow(17, 2 * int(f"{i:07b}"[::-1], 2) + 1, Q) for i in range(128)]


def _ntt(f: list[int]) -> list[int]:
    f, i, length = list(f), 1, 128
    while length >= 2:
        for start in range(0, N, 2 * length):
            zeta, i = ZETAS[i], i + 1
            for j in range(start, start + length):
                t = zeta * f[j + length]
                f[j + length], f[j] = (f[j] - t) % Q, (f[j] + t) % Q
        length //= 2
    return f


def _inverse_ntt(f: list[int]) -> list[int]:
    f, i, length = list(f), 127, 2
    while length <= 128:
        for start in range(0, N, 2 * length):
            zeta, i = ZETAS[i], i - 1
            for j in range(start, start + length):
                t = f[j]
                f[j], f[j + length] = (t + f[j + length]) % Q, zeta * (f[j + length] - t) % Q
        length *= 2
    return [x * 3303 % Q for x in f]


def _product(f: list[int], g: list[int]) -> list[int]:
    h = []
    for i in range(128):
        a, b, c, d = f[2 * i], f[2 * i + 1], g[2 * i], g[2 * i + 1]
        h += [(a * c + b * d * GAMMAS[i]) % Q, (a * d + b * c) % Q]
    return h


def _sum(*polynomials: list[int]) -> list[int]:
    return [sum(column) % Q for column in zip(*polynomials)]


def _bits(data: bytes, width: int) -> list[int]:
    number = int.from_bytes(data, "little")
    return [number >> i * width & (1 << width) - 1 for i in range(len(data) * 8 // width)]


def _compressed(f: list[int], width: int) -> bytes:
    number = 0
    for i, x in enumerate(f):
        number |= (((x << width) + Q // 2) // Q % (1 << width)) << i * width
    return number.to_bytes(N * width // 8, "little")


def _uniform(seed: bytes) -> list[int]:
    """SampleNTT: the output is as long as any of them has to be."""
    stream = _bits(hashlib.shake_128(seed).digest(3 * 1024), 12)
    return [x for x in stream if x < Q][:N]


def _noise(seed: bytes, number: int) -> list[int]:
    """SamplePolyCBD with eta 2."""
    bits = _bits(hashlib.shake_256(seed + u8(number)).digest(128), 1)
    return [(bits[i] + bits[i + 1] - bits[i + 2] - bits[i + 3]) % Q for i in range(0, 4 * N, 4)]


def _ml_kem(public: bytes, message: bytes) -> tuple[bytes, bytes]:
    both = hashlib.sha3_512(message + hashlib.sha3_256(public).digest()).digest()
    shared, seed = both[:32], both[32:]
    t, rho = [_bits(public[384 * i:384 * (i + 1)], 12) for i in range(K)], public[1152:]
    y = [_ntt(_noise(seed, i)) for i in range(K)]
    u = []
    for i in range(K):                                  # the matrix is transposed
        row = _sum(*(_product(_uniform(rho + u8(i) + u8(j)), y[j]) for j in range(K)))
        u.append(_sum(_inverse_ntt(row), _noise(seed, K + i)))
    bits = [bit * ((Q + 1) // 2) for bit in _bits(message, 1)]
    v = _sum(_inverse_ntt(_sum(*(_product(t[i], y[i]) for i in range(K)))), _noise(seed, 2 * K), bits)
    return shared, b"".join(_compressed(f, 10) for f in u) + _compressed(v, 4)
