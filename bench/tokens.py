"""Writes a header line with a token for each of so many users, whose names are 0, 1, …; or, with `backend`, a publisher's token."""

import base64
import hashlib
import hmac
import json
import sys
import time


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(key, user, grants):
    header = {"alg": "HS256", "typ": "JWT", "kid": key["kid"]}
    now = int(time.time())
    claims = {"sub": user, "iat": now, "exp": now + 6 * 3600, "sluice": grants}
    text = b".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    secret = base64.urlsafe_b64decode(key["k"] + "=" * (-len(key["k"]) % 4))
    return (text + b"." + base64url(hmac.new(secret, text, hashlib.sha256).digest())).decode()


def first_key(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)["keys"][0]


if __name__ == "__main__":
    first, who = first_key(sys.argv[1]), sys.argv[2]
    if who == "backend":
        print(token(first, who, {"publish": ["user:*", "topic:*", "everyone"]}))
    else:
        for number in range(int(who)):
            print("Authorization: Bearer", token(first, str(number), {"subscribe": ["bench/*"]}))
