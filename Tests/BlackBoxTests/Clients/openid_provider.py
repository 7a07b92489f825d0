"""An OpenID provider over TLS (oidc-provider-mock), with a door of its own for tests: rotate keys, be away or silent,
count fetches.

Two issuers: https://localhost:PORT by discovery, and https://localhost:PORT/other, whose keys are at /other/jwks and bear
the same names. Runs until it is killed; says "ready" once it listens."""

import argparse
import json
import ssl
import threading
import time

import authlib.jose
import flask
import oidc_provider_mock
import werkzeug.serving
from joserfc import jwk, jwt

from connection import report

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--port", type=int, required=True)
arguments.add_argument("--certificate", required=True)
arguments.add_argument("--key", required=True)
arguments.add_argument("--away", action="store_true", help="be away at first")
options = arguments.parse_args()

ISSUER = f"https://localhost:{options.port}"


class State:
    lock = threading.Lock()
    storage = None
    former = []
    other = None
    is_away = options.away
    fetches = {"discovery": 0, "jwks": 0, "other": 0}
    max_age = 300


def new_key(name):
    # The provider signs with a key of authlib's kind; the tests' own tokens are signed with the same.
    key = authlib.jose.RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"}, is_private=True)
    key.signer = jwk.RSAKey.import_key(key.as_dict(is_private=True))
    return key


def rotate(name, keep):
    State.former = [State.storage.jwk] if keep else []
    State.storage.jwk = new_key(name)
    State.other = new_key(name)


app = oidc_provider_mock.app()


@app.before_request
def hold():
    # The provider keeps its storage to its requests.
    with State.lock:
        if State.storage is None:
            State.storage = flask.g.oidc_provider_mock_storage
            rotate("key-1", keep=False)
    if flask.request.path in ("/control", "/oauth2/authorize", "/oauth2/token"):
        return None
    kind = {"/.well-known/openid-configuration": "discovery", "/jwks": "jwks", "/other/jwks": "other"}
    State.fetches[kind.get(flask.request.path, "jwks")] += 1
    while State.is_away == "silent":
        time.sleep(0.05)
    if State.is_away:
        return "<html>away</html>", 503
    if flask.request.path == "/jwks":
        return keys(State.storage.jwk, *State.former)
    if flask.request.path == "/other/jwks":
        return keys(State.other)
    return None


def keys(*all):
    # Beside what signs, what providers have too: a key to encrypt with, and one of another kind.
    strange = [
        {"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "enc", "n": all[0].as_dict(is_private=False)["n"], "e": "AQAB"},
        {"kty": "AKP", "alg": "ML-DSA-44", "kid": "post-quantum", "pub": "AA"},
    ]
    answer = flask.jsonify({"keys": strange + [key.as_dict(is_private=False) for key in all]})
    answer.headers["Cache-Control"] = f"public, max-age={State.max_age}"
    return answer


def token(sub, issuer, signed_by, audience="sluice", kid=None, ttl=3600, **more):
    key = State.other if signed_by == "other" else State.storage.jwk
    claims = {"iss": ISSUER + issuer, "sub": sub, "aud": audience, "iat": int(time.time()), "exp": int(time.time()) + ttl}
    return jwt.encode({"alg": "RS256", "kid": kid or key.signer.kid}, claims | more, key.signer)


@app.post("/control")
def control():
    asked = flask.request.json
    if "rotate" in asked:
        rotate(asked["rotate"], asked.get("keep", False))
    if "away" in asked:
        State.is_away = asked["away"]
    tokens = [
        token(name, asked.get("issuer", ""), asked.get("signed_by", ""), kid=asked.get("kid"), **asked.get("claims", {}))
        for name in asked.get("tokens", [])
    ]
    return flask.jsonify({"tokens": tokens, "fetches": State.fetches, "key": State.storage.jwk.signer.kid})


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(options.certificate, options.key)
server = werkzeug.serving.make_server("127.0.0.1", options.port, app, threaded=True, ssl_context=context)
report(ready=True)
server.serve_forever()
