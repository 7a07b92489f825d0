"""Keys and tokens of joserfc and PyJWT, two libraries that backends and identity providers are written with.

    foreign_keys.py make PRIVATE PUBLIC     writes two JWK Sets with a new key for each algorithm, and prints a token by
                                            each library and key
    foreign_keys.py verify PUBLIC TOKENS    verifies a file of lines `kid token` with each library, and prints the user
"""

import json
import sys
import time
import warnings

import jwt as pyjwt
from joserfc import jwk, jwt

from connection import report

# `EdDSA` is what RFC 9864 wants replaced by `Ed25519`, and what is in use.
warnings.simplefilter("ignore")

ALGORITHMS = {
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
    "ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519",
}


def numbers():
    """A private key of each kind; the RSA schemes share one, which is enough for a test."""
    yield "RSA", jwk.generate_key("RSA", 2048)
    for curve in ("P-256", "P-384", "P-521"):
        yield curve, jwk.generate_key("EC", curve)
    yield "Ed25519", jwk.generate_key("OKP", "Ed25519")


def make(private_path, public_path):
    kinds = dict(numbers())
    named = {alg: {"kid": alg.lower(), "alg": alg, "use": "sig"} for alg in ALGORITHMS}
    for path, private in ((private_path, True), (public_path, False)):
        keys = [kinds[kind].as_dict(private=private) | named[alg] for alg, kind in ALGORITHMS.items()]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"keys": keys}, file)
    now = int(time.time())
    claims = {"sub": "alice", "iat": now, "exp": now + 600, "sluice": {"publish": ["everyone"]}}
    for alg, kind in ALGORITHMS.items():
        kid = alg.lower()
        token = jwt.encode({"alg": alg, "kid": kid}, claims, kinds[kind], algorithms=[alg])
        report(library="joserfc", kid=kid, token=token)
        key = pyjwt.PyJWK(kinds[kind].as_dict(private=True) | {"alg": alg}).key
        report(library="PyJWT", kid=kid, token=pyjwt.encode(claims, key, alg, {"kid": kid}))


def verify(public_path, tokens_path):
    with open(public_path, encoding="utf-8") as file:
        keys = {key["kid"]: key for key in json.load(file)["keys"]}
    with open(tokens_path, encoding="utf-8") as file:
        for line in file:
            kid, token = line.split()
            key = keys[kid]
            claims = jwt.decode(token, jwk.import_key(key), algorithms=[key["alg"]]).claims
            report(library="joserfc", kid=kid, user=claims["sub"])
            claims = pyjwt.decode(token, pyjwt.PyJWK(key), algorithms=[key["alg"]])
            report(library="PyJWT", kid=kid, user=claims["sub"])


{"make": make, "verify": verify}[sys.argv[1]](*sys.argv[2:])
