"""Bearer tokens: of a real issuer, and of attackers who know its public key."""

import hmac
import json
import re
import time
import urllib.request
from base64 import urlsafe_b64encode
from functools import cache, cached_property
from hashlib import sha256
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from oidc_provider_mock import User, run_server_in_thread

from api.auth import tokens
from api.auth.tokens import Grant, Tokens, read_grants
from kb.access import ANONYMOUS, clearance
from kb.errors import IssuerUnavailable, NotAuthenticated, SettingsError

GRANTS = (
    Grant(claim="groups", value="fccu", tlp="amber", countries=("BE",)),
    Grant(claim="realm_access.roles", value="staff", tlp="green"),
    Grant(claim="department", value="own", tlp="amber+strict", organisations=("Europol",)),
)


@cache
def key_pair(name):
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """Signs tokens, and gives its public keys to who asks."""

    url = "http://127.0.0.1:9"

    def __init__(self):
        self.keys = {"one": key_pair("one")}
        self.fetched = 0
        self.answer = None

    def open(self, *_, **__):
        """Answer in place of the network, with the keys or with what `answer` is; an error is raised."""
        self.fetched += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return BytesIO(json.dumps(self.public).encode() if self.answer is None else self.answer)

    @property
    def public(self):
        made = {kid: json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) for kid, key in self.keys.items()}
        return {"keys": [{**key, "kid": kid, "use": "sig", "alg": "RS256"} for kid, key in made.items()]}

    @property
    def pem(self):
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.keys["one"].public_key().public_bytes(serialization.Encoding.PEM, form)

    def token(self, *, kid="one", key=None, alg="RS256", **claims):
        standard = {"iss": self.url, "aud": "kb", "sub": "officer-1", "exp": int(time.time()) + 60}
        wanted = {name: value for name, value in {**standard, **claims}.items() if value is not None}
        key = self.keys[kid or "one"] if key is None else key
        return jwt.encode(wanted, key, alg, {"kid": kid} if kid else None)

    @cached_property
    def checked(self):
        return Tokens(self.url, "kb", f"{self.url}/jwks", GRANTS)


@pytest.fixture
def issuer(monkeypatch):
    issuer = Issuer()
    monkeypatch.setattr(urllib.request.OpenerDirector, "open", issuer.open)
    return issuer


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, ANONYMOUS),
        ({"groups": ["other", "fccu"]}, clearance("amber", ["BE"])),
        ({"groups": "fccu"}, clearance("amber", ["BE"])),
        ({"groups": "fccu2"}, ANONYMOUS),
        ({"groups": {"fccu": True}}, ANONYMOUS),
        ({"realm_access": {"roles": ["staff"]}}, clearance("green")),
        ({"realm_access": "staff"}, ANONYMOUS),
        ({"realm_access.roles": ["staff"]}, clearance("green")),
        (
            {"groups": ["fccu"], "department": "own"},
            clearance("amber", ["BE"]) | clearance("amber+strict", [], ["Europol"]),
        ),
    ],
    ids=lambda value: repr(sorted(value) if isinstance(value, frozenset) else value),
)
def test_claims_open_what_was_granted_for_them(issuer, claims, expected):
    assert issuer.checked.holder(issuer.token(**claims)) == ("officer-1", expected)


def signed_with_the_public_key(issuer):
    """As a careless library would take it: the public key as a shared secret. Made by hand, since ours refuses to."""

    def part(value):
        return urlsafe_b64encode(value).rstrip(b"=")

    _, claims, _ = issuer.token(groups=["fccu"]).encode().split(b".")
    text = b".".join((part(b'{"alg": "HS256", "kid": "one"}'), claims))
    return b".".join((text, part(hmac.digest(issuer.pem, text, sha256)))).decode()


def unnamed(issuer):
    issuer.keys["two"] = key_pair("two")
    issuer.__dict__.pop("checked")  # it knew of one key only
    return issuer.token(kid=None)


def changed(issuer):
    head, body, signature = issuer.token().split(".")
    return ".".join((head, body[:-4] + ("AAAA" if body[-4:] != "AAAA" else "BBBB"), signature))


NOW = int(time.time())
WRONG_CLAIMS = {
    "expired": {"exp": NOW - tokens.LEEWAY - 5},
    "not yet good": {"nbf": NOW + 86_400},
    "without an end": {"exp": None},
    "without a subject": {"sub": None},
    "wrong audience": {"aud": "another"},
    "no audience": {"aud": None},
    "wrong issuer": {"iss": "http://127.0.0.1:1"},
    "no issuer": {"iss": None},
    "alg none": {"key": "", "alg": "none"},
    "another's key": {"key": key_pair("another")},
    "unknown kid": {"kid": "two", "key": key_pair("another")},
    "endless": {"more": "x" * tokens.MAX_CHARACTERS},
}
ATTACKS = {
    "HS256 with the public key": signed_with_the_public_key,
    "no kid": unnamed,
    "changed": changed,
    "no token": lambda _: "a.b.c",
    "nothing": lambda _: "..",
    "nested": lambda _: f"{'W' * 3000}.{'W' * 3000}.{'W' * 3000}",
}


@pytest.mark.parametrize("attack", [*WRONG_CLAIMS, *ATTACKS])
def test_a_token_that_is_not_good_is_refused(issuer, attack):
    assert issuer.checked.holder(issuer.token())
    token = ATTACKS[attack](issuer) if attack in ATTACKS else issuer.token(**WRONG_CLAIMS[attack])
    with pytest.raises(NotAuthenticated):
        issuer.checked.holder(token)


def test_keys_are_fetched_once_and_again_where_a_token_names_a_new_one(issuer, monkeypatch):
    monkeypatch.setattr(tokens, "COOLDOWN", 0)
    for _ in range(5):
        issuer.checked.holder(issuer.token())
    assert issuer.fetched == 1
    issuer.keys["two"] = key_pair("two")
    assert issuer.checked.holder(issuer.token(kid="two"))
    assert issuer.fetched == 2
    withdrawn = issuer.token(kid="one")
    del issuer.keys["one"]
    later = time.monotonic() + tokens.FRESH + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with pytest.raises(NotAuthenticated):
        issuer.checked.holder(withdrawn)


def test_unknown_keys_do_not_make_us_ask_the_issuer_each_time(issuer):
    issuer.checked.holder(issuer.token())
    for number in range(20):
        with pytest.raises(NotAuthenticated):
            issuer.checked.holder(issuer.token(kid=f"made-up-{number}", key=issuer.keys["one"]))
    assert issuer.fetched <= 2


NONSENSE = (
    b"<html>down</html>",
    b"[]",
    b'{"keys": []}',
    b'{"keys": [{"kty": "RSA"}]}',
    b'{"keys": [{"alg": ["RS256"]}]}',
    b"",
)


@pytest.mark.parametrize("answer", [*NONSENSE, ConnectionResetError("by peer")], ids=str)
def test_the_last_keys_serve_while_the_issuer_does_not_answer_or_nonsense(issuer, answer, monkeypatch):
    monkeypatch.setattr(tokens, "FRESH", 1e-9)
    issuer.checked.holder(issuer.token())
    issuer.answer = answer
    assert issuer.checked.holder(issuer.token())
    assert issuer.fetched > 1
    monkeypatch.setattr(tokens, "STALE", 0)
    for _ in range(5):
        with pytest.raises(IssuerUnavailable):
            issuer.checked.holder(issuer.token())
    assert issuer.fetched <= 3  # not asked again at once


def test_where_the_issuer_never_answered_nothing_is_taken_for_good_and_it_is_not_asked_at_once_again(issuer):
    token = issuer.token()
    issuer.answer = b"down"
    for _ in range(5):
        with pytest.raises(IssuerUnavailable):
            issuer.checked.holder(token)
    assert issuer.fetched == 1


@pytest.mark.filterwarnings("ignore")  # the issuer uses parts of its library that will go
def test_a_token_of_a_real_issuer_opens_what_it_was_granted():
    with run_server_in_thread(user_claims=[User(sub="officer-2", claims={"groups": ["fccu"]})]) as running:
        url = f"http://127.0.0.1:{running.server_port}"
        with httpx.Client(base_url=url, trust_env=False) as browser:
            known = browser.get("/.well-known/openid-configuration").json()
            back = "http://localhost:9/back"
            client = browser.post("/oauth2/clients", json={"redirect_uris": [back], "scope": "openid profile"}).json()
            asked = {"client_id": client["client_id"], "redirect_uri": back, "response_type": "code"}
            asked |= {"state": "s", "nonce": "n", "scope": "openid profile"}
            sent = browser.post("/oauth2/authorize", params=asked, data={"sub": "officer-2"})
            code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
            given = browser.post(
                "/oauth2/token",
                auth=(client["client_id"], client["client_secret"]),
                data={"grant_type": "authorization_code", "code": code, "redirect_uri": back},
            ).json()
        checked = Tokens(known["issuer"], client["client_id"], known["jwks_uri"], GRANTS)
        assert checked.holder(given["id_token"]) == ("officer-2", clearance("amber", ["BE"]))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- {claim: groups, value: fccu, tlp: white}", "0.tlp"),
        ("- {claim: groups, value: fccu}", "0.tlp"),
        ("- {claim: groups, value: fccu, tlp: amber, country: [BE]}", "0.country"),
        ("- {claim: groups, value: fccu, tlp: red}", "nobody is cleared for red"),
        ("- {claim: groups, value: fccu, tlp: amber+strict}", "name it"),
        ("- {claim: groups, value: fccu, tlp: amber, countries: [BNL]}", "no country"),
        ("groups: fccu", "list"),
        ("- {", "while parsing"),
    ],
)
def test_a_wrong_file_of_grants_is_refused(tmp_path, text, why):
    (tmp_path / "grants.yaml").write_text(text)
    with pytest.raises(SettingsError, match=re.escape(why)):
        read_grants(tmp_path / "grants.yaml")


def test_a_server_answers_a_token_as_it_answers_a_key(issuer, content, open_app, settings, tmp_path, ask):
    content.practice("be-amber", tlp="amber", pap="amber", audience={"countries": ["BE"]})
    grants = tmp_path / "grants.yaml"
    grants.write_text("- {claim: groups, value: fccu, tlp: amber, countries: [BE]}\n")
    assert read_grants(grants) == GRANTS[:1]
    oidc = {"oidc_issuer": issuer.url, "oidc_audience": "kb", "oidc_jwks": f"{issuer.url}/jwks", "oidc_grants": grants}
    app = open_app(**oidc)

    def status(token):
        return ask(app, "/v1/notes/be-amber", headers={"Authorization": f"Bearer {token}"}).status_code

    issuer.answer = b"down"
    assert status(issuer.token(groups=["fccu"])) == 503
    issuer.answer = None
    app = open_app(**oidc)
    assert status(issuer.token(groups=["fccu"])) == 200
    assert status(issuer.token()) == 404
    assert status(signed_with_the_public_key(issuer)) == 401
    assert ask(app, "/v1/notes/be-amber").status_code == 404
    [entry] = [json.loads(line) for line in settings.audit_log.read_text().splitlines()]
    assert (entry["who"], entry["note"]) == ("token:officer-1", "be-amber")
