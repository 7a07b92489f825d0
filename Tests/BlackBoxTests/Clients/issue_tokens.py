"""Issues tokens with joserfc, as a backend in Python would, and all the bad ones that the gateway has to refuse.

Takes a JWKS whose first key is for HS256 and whose key "long" is for HS512. Prints one line per kind.
"""

import argparse
import base64
import json
import time

from joserfc import jwt
from joserfc.jwk import OctKey

from connection import report

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--keys", required=True)
parser.add_argument("--subject", default="alice")
parser.add_argument("--issuer", default="https://issuer.example")
parser.add_argument("--audience", default="sluice")
options = parser.parse_args()

with open(options.keys, encoding="utf-8") as file:
    keys = {key["kid"]: key for key in json.load(file)["keys"]}
first = next(iter(keys.values()))
now = int(time.time())

good = {
    "sub": options.subject,
    "iss": options.issuer,
    "aud": options.audience,
    "iat": now,
    "exp": now + 600,
    "sluice": {"subscribe": ["news"], "publish": ["user:*"]},
}


def issue(claims, key=first, header=None):
    header = {"alg": key["alg"], "kid": key["kid"], "typ": "JWT"} | (header or {})
    return jwt.encode(header, claims, OctKey.import_key({"kty": "oct", "k": key["k"]}), algorithms=[header["alg"]])


def segment(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def without(name):
    return {key: value for key, value in good.items() if key != name}


def changed(token, index):
    """The token with one character of a part replaced."""
    parts = token.split(".")
    middle = len(parts[index]) // 2
    other = "A" if parts[index][middle] != "A" else "B"
    parts[index] = parts[index][:middle] + other + parts[index][middle + 1:]
    return ".".join(parts)


stranger = first | {"k": base64.urlsafe_b64encode(b"\x07" * 48).rstrip(b"=").decode()}
long = keys.get("long", first)

tokens = {
    "good": issue(good),
    "good-512": issue(good, long),
    "reader": issue(without("sluice")),
    "wrong-key": issue(good, stranger),
    "expired": issue(good | {"exp": now - 3600}),
    "not-yet-valid": issue(good | {"nbf": now + 3600}),
    "issued-tomorrow": issue(good | {"iat": now + 86400}),
    "wrong-issuer": issue(good | {"iss": "https://other.example"}),
    "wrong-audience": issue(good | {"aud": "other"}),
    "no-audience": issue(without("aud")),
    "audience-list": issue(good | {"aud": ["other", options.audience]}),
    "unknown-kid": issue(good, header={"kid": "nobody"}),
    "no-kid": jwt.encode({"alg": first["alg"]}, good, OctKey.import_key({"kty": "oct", "k": first["k"]})),
    "algorithm-none": segment({"alg": "none", "kid": first["kid"]}) + "." + segment(good) + ".",
    "algorithm-None": segment({"alg": "None", "kid": first["kid"]}) + "." + segment(good) + ".",
    "512-key-for-256": issue(good, long | {"alg": "HS256"}),
    "no-expiry": issue(without("exp")),
    "no-subject": issue(without("sub")),
    "expiry-is-text": issue(good | {"exp": str(now + 600)}),
    "critical-header": segment({"alg": "HS256", "kid": first["kid"], "crit": ["x"], "x": 1})
    + "." + issue(good).split(".", 1)[1],
    "two-parts": issue(good).rsplit(".", 1)[0],
    "changed-claims": changed(issue(good), 1),
    "changed-signature": changed(issue(good), 2),
    "padded": issue(good) + "==",
    "not-a-token": "hello",
    "huge": issue(good | {"pad": "x" * 20000}),
}

for kind, token in tokens.items():
    report(kind=kind, token=token)
