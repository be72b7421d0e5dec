"""The same formats in foreign implementations: one JSON object on stdin, one on stdout, bytes in hex.

usage: foreign.py cose|hpke|segment

Each subject checks what the crate made and answers with something of its own for the crate to accept. Exit code 3: a
package is missing.
"""

import hashlib
import json
import sys

try:
    import blake3
    import cbor2
    import cwt
    from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite

    KEM.MLKEM768_X25519
except (AttributeError, ImportError) as error:
    print(error, file=sys.stderr)
    sys.exit(3)

ALG, CONTENT_TYPE, KID = 1, 3, 4
EDDSA = -8


def check(condition, what):
    if not condition:
        raise SystemExit(f"the foreign implementation disagrees: {what}")


def cose(given):
    """COSE_Sign1 (RFC 9052) with cwt, CBOR with cbor2."""
    statement, content_type = bytes.fromhex(given["statement"]), given["content_type"]
    seed = bytes.fromhex(given["seed"])
    signer = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    check(signer.hex() == given["signer"], "the public key")
    # COSE_Key (RFC 9052 section 7): kty OKP, kid, alg EdDSA, crv Ed25519, x, and d for signing.
    public = {1: 1, 2: signer, 3: EDDSA, -1: 6, -2: signer}

    cose = cwt.COSE.new(verify_kid=True, deterministic_header=True)
    protected, unprotected, payload = cose.decode_with_headers(statement, cwt.COSEKey.new(public))
    check(protected == {ALG: EDDSA, CONTENT_TYPE: content_type, KID: signer}, "the protected header")
    check(unprotected == {}, "the unprotected header")
    check(cbor2.loads(payload) == [given["number"], bytes.fromhex(given["bytes"]), None], "the payload")
    check(cbor2.dumps(cbor2.loads(statement), canonical=True) == statement, "the canonical form of the statement")
    check(cbor2.dumps(cbor2.loads(payload), canonical=True) == payload, "the canonical form of the payload")
    header = cbor2.loads(statement).value[0]
    check(cbor2.dumps(cbor2.loads(header), canonical=True) == header, "the canonical form of the header")
    # RFC 9052 section 4.4, by hand, for the id.
    to_be_signed = cbor2.dumps(["Signature1", header, b"", payload], canonical=True)
    check(hashlib.sha256(to_be_signed).hexdigest() == given["id"], "the statement id")

    answer = cbor2.dumps([given["number"] + 1, signer, hashlib.sha256(signer).digest()], canonical=True)
    signed = cose.encode_and_sign(
        answer,
        cwt.COSEKey.new(public | {-4: seed}),
        protected={ALG: EDDSA, CONTENT_TYPE: content_type, KID: signer},
        unprotected={},
    )
    return {"statement": signed.hex()}


def x_wing(seed):
    """expandDecapsulationKey of draft-connolly-cfrg-xwing-kem."""
    expanded = hashlib.shake_256(seed).digest(96)
    return MLKEM768X25519PrivateKey(
        mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        x25519.X25519PrivateKey.from_private_bytes(expanded[64:]),
    )


def hpke(given):
    """HPKE base mode (RFC 9180, draft-ietf-hpke-pq) with cryptography."""
    kem, read = {
        "x-wing": (KEM.MLKEM768_X25519, x_wing),
        "x25519": (KEM.X25519, x25519.X25519PrivateKey.from_private_bytes),
    }[given["kem"]]
    suite = Suite(kem, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    private = read(bytes.fromhex(given["private"]))
    info, secret = bytes.fromhex(given["info"]), bytes.fromhex(given["secret"])
    check(suite.decrypt(bytes.fromhex(given["wrapped"]), private, info) == secret, "the unwrapped secret")
    answer = hashlib.sha256(secret).digest()
    return {"secret": answer.hex(), "wrapped": suite.encrypt(answer, private.public_key(), info).hex()}


def segment(given):
    """A segment's cipher under a zero nonce with cryptography, its digest with blake3."""
    cipher = {1: AESGCM, 2: ChaCha20Poly1305}[given["suite"]](bytes.fromhex(given["key"]))
    nonce, aad, body = bytes(12), bytes.fromhex(given["aad"]), bytes.fromhex(given["body"])
    check(blake3.blake3(body).hexdigest() == given["digest"], "the body's digest")
    text = cipher.decrypt(nonce, body, aad)
    check(text.hex() == given["text"], "the segment's content")
    answer = cipher.encrypt(nonce, text[::-1], aad)
    return {"body": answer.hex(), "digest": blake3.blake3(answer).hexdigest()}


if __name__ == "__main__":
    subject = {"cose": cose, "hpke": hpke, "segment": segment}[sys.argv[1]]
    json.dump(subject(json.load(sys.stdin)), sys.stdout)
