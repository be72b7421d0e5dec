"""Primitives: labels and digests, key derivation, segment ciphers, signatures, wraps, randomness (1.2 to 1.6, 1.8)."""

import hashlib
import hmac
from dataclasses import dataclass

from blake3 import blake3 as _blake3
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from .errors import Refused, require


# -- 1.1 to 1.3: integers, labels, digests, derivation ----------------------------------------------------------------

def u8(n: int) -> bytes:
    return n.to_bytes(1, "big")


def u16(n: int) -> bytes:
    return n.to_bytes(2, "big")


def u32(n: int) -> bytes:
    return n.to_bytes(4, "big")


def u64(n: int) -> bytes:
    return n.to_bytes(8, "big")


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def blake3(data: bytes) -> bytes:
    return _blake3(data).digest()


def label(name: str) -> bytes:
    """`L(name)`: closed by a zero byte, so that no label begins another."""
    return b"footage v1 " + name.encode("ascii") + b"\0"


def digest(name: str, *parts: bytes) -> bytes:
    """`H(name, parts...)`."""
    return sha256(label(name), *parts)


def extract(name: str, ikm: bytes) -> bytes:
    return hmac.digest(label(name), ikm, "sha256")


def expand(prk: bytes, name: str, context: bytes, length: int) -> bytes:
    return HKDFExpand(SHA256(), length, label(name) + context).derive(prk)


def hedge(fresh: bytes, long_term: bytes) -> bytes:
    """Section 1.8, for writers: what everything random of one thing comes out of."""
    return extract("hedge", fresh + long_term)


def hedged(prk: bytes, purpose: str, context: bytes, call: int, length: int) -> bytes:
    """`random(call, n)` for a purpose. `context` holds every public input of what is made; it is hashed here."""
    return expand(prk, purpose, sha256(context) + u32(call), length)


def equal(a: bytes, b: bytes) -> bool:
    """Whether two secrets are the same."""
    return hmac.compare_digest(a, b)


# -- 1.4: segment ciphers ---------------------------------------------------------------------------------------------

TAG = 16
SUITES = {1: AESGCM, 2: ChaCha20Poly1305}


def open_sealed(suite: int, key: bytes, aad: bytes, sealed: bytes) -> bytes:
    """`OPEN(suite, key, aad, sealed)`. The nonce is zero, since a key seals one message only."""
    require(suite in SUITES, f"no suite {suite}")
    try:
        require(len(sealed) >= TAG, "too short to hold a tag")
        return SUITES[suite](key).decrypt(bytes(12), sealed, aad)
    except InvalidTag:
        raise Refused("the tag does not fit (wrong key, or changed)") from None


# -- 1.5: signatures --------------------------------------------------------------------------------------------------

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_TOP = 2**255                               # the bit of the sign

_SMALL_ORDER = {bytes.fromhex(y) for y in (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)}


def _small_order(point: bytes) -> bool:
    return point[:31] + bytes([point[31] & 0x7F]) in _SMALL_ORDER


def check_verifying_key(key: bytes) -> None:
    """Refuse an Ed25519 public key that is no point, not canonical or of small order."""
    require(len(key) == 32, "an Ed25519 key has 32 bytes")
    y = int.from_bytes(key, "little") % _TOP
    require(y < _P, "Ed25519 key is not canonical")
    require(not _small_order(key), "Ed25519 key is of small order")
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P                     # of x; the divisor is never zero
    require(pow(square, (_P - 1) // 2, _P) in (0, 1), "Ed25519 key is no point")


def verify(key: bytes, message: bytes, signature: bytes) -> None:
    """Strict Ed25519. OpenSSL checks the equation without cofactor on bytes, and `S`; the rest is checked here."""
    check_verifying_key(key)
    require(len(signature) == 64, "a signature has 64 bytes")
    require(not _small_order(signature[:32]), "the signature's R is of small order")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Refused("the signature is not valid") from None


# -- 1.6: wraps -------------------------------------------------------------------------------------------------------

X_WING, X25519 = 0x647A, 0x0020
KEM_NAMES = {"x-wing": X_WING, "x25519": X25519}
PUBLIC_LENGTH = {X_WING: 1216, X25519: 32}
KEM_OF_WRAP = {1168: X_WING, 80: X25519}                # the length of a wrap tells
WRAP_LENGTH = {kem: length for length, kem in KEM_OF_WRAP.items()}

_SUITES = {
    kem: hpke.Suite(name, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    for kem, name in ((X_WING, hpke.KEM.MLKEM768_X25519), (X25519, hpke.KEM.X25519))
}


@dataclass(frozen=True)
class KemKey:
    """A KEM public key."""

    kem: int
    key: bytes

    def check(self) -> None:
        """Refuse a key of the wrong length, or whose X25519 or ML-KEM part is not as it should be."""
        require(self.kem in PUBLIC_LENGTH, f"no KEM {self.kem:#06x}")
        require(len(self.key) == PUBLIC_LENGTH[self.kem], "KEM key has the wrong length")
        point = self.key[-32:]
        require(int.from_bytes(point, "little") < _P, "X25519 key is not canonical")
        try:
            X25519PrivateKey.from_private_bytes(bytes(32)).exchange(X25519PublicKey.from_public_bytes(point))
        except ValueError:
            raise Refused("X25519 key is of small order") from None
        if self.kem == X_WING:
            packed = self.key[:1152]                    # 768 coefficients of 12 bits, two in three bytes
            for i in range(0, len(packed), 3):
                pair = int.from_bytes(packed[i:i + 3], "little")
                require(pair & 0xFFF < 3329 and pair >> 12 < 3329, "ML-KEM key fails the modulus check")

    @property
    def fingerprint(self) -> bytes:
        return digest("kem key", u16(self.kem), self.key)


class PrivateKey:
    """A KEM private key: 32 bytes of either KEM."""

    def __init__(self, kem: int, secret: bytes) -> None:
        require(kem in PUBLIC_LENGTH, f"no KEM {kem:#06x}")
        require(len(secret) == 32, "a KEM private key has 32 bytes")
        if kem == X_WING:
            seed = hashlib.shake_256(secret).digest(96)
            ml, x = MLKEM768PrivateKey.from_seed_bytes(seed[:64]), X25519PrivateKey.from_private_bytes(seed[64:])
            self._handle = hpke.MLKEM768X25519PrivateKey(ml, x)
            public = ml.public_key().public_bytes_raw() + x.public_key().public_bytes_raw()
        else:
            self._handle = X25519PrivateKey.from_private_bytes(secret)
            public = self._handle.public_key().public_bytes_raw()
        self.public = KemKey(kem, public)

    def unwrap(self, info: bytes, wrap: bytes) -> bytes:
        """`UNWRAP(KEM, sk, info, w)`: the 32-byte secret in a wrap."""
        require(KEM_OF_WRAP.get(len(wrap)) == self.public.kem, "the wrap is for a key of another KEM")
        try:
            secret = _SUITES[self.public.kem].decrypt(wrap, self._handle, info)
        except (InvalidTag, ValueError):
            raise Refused("the wrap does not open with this key") from None
        require(len(secret) == 32, "the wrap does not hold 32 bytes")
        return secret


def wrap_digest(wrap: bytes) -> bytes:
    return digest("wrap digest", wrap)


HOUSEHOLD, RECOVERY = 1, 2                              # whose key a clip's secret is wrapped to


def clip_info(identity: bytes, role: int, recipient: bytes) -> bytes:
    """`info` of the two wraps of a clip's secret (section 5.3); `recipient` is a fingerprint."""
    return label("clip wrap") + identity + u8(role) + recipient


# -- 1.6 and 8: the double lock ---------------------------------------------------------------------------------------

AGENCY, CUSTODIANS, SHARE, POSSESSION, ANSWER = 1, 2, 3, 4, 5       # parts


def lock_info(terms: bytes, part: int, index: int, recipient: KemKey) -> bytes:
    """`info(T, part, i)` of a wrap of the lock, and of an answer."""
    return label("grant wrap") + terms + u8(part) + u8(index) + recipient.fingerprint


def commit(part: int, index: int, secret: bytes) -> bytes:
    return digest("commit", u8(part), u8(index), secret)
