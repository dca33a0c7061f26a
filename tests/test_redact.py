"""What holds a secret is masked at its own length, and nothing else is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obslint.redact import MASK, masked, quoted, values


def hide(text: str) -> str:
    """The expected text: what stands between guillemets masked, the guillemets gone."""
    out, inside = [], False
    for char in text:
        if char in "«»":
            inside = char == "«"
        else:
            out.append(MASK if inside and not char.isspace() else char)
    return "".join(out)


def plain(text: str) -> str:
    return text.replace("«", "").replace("»", "")


SECRETS = [
    pytest.param("password: «hunter2»", id="a plain value"),
    pytest.param("  - password: «my long phrase» # why", id="a value with blanks, not its comment"),
    pytest.param("password: '«it''s»' # x", id="single quotes"),
    pytest.param('  "password" : "«a\\"b»",', id="JSON with an escape"),
    pytest.param('{"user":"u","token":"«abc»","url":"/x"}', id="minified JSON"),
    pytest.param('{"json": "{\\"password\\": \\"«abc»\\"}"}', id="JSON in JSON"),
    pytest.param("{password: «abc», user: bob}", id="a flow mapping"),
    pytest.param("basic_auth: { username: a, password: «b#c» }", id="a nested flow mapping"),
    pytest.param("POSTGRES_PASSWORD=«s3cr et» # x", id="an env file"),
    pytest.param('  password                       = "«s3cr et»" // x', id="an attribute of Alloy, aligned"),
    pytest.param("export DB_PASS=«x1»", id="an exported variable"),
    pytest.param("      - GF_SECURITY_ADMIN_PASSWORD=«admin»", id="a list of variables"),
    pytest.param('      - "MYSQL_ROOT_PASSWORD=«a b»"', id="a quoted item"),
    pytest.param("      PGPASSWORD: «1234»", id="a number"),
    pytest.param("command: --web.password=«abc» --port=1", id="a flag"),
    pytest.param("command: redis-server --requirepass x --password «abc» --port 1", id="a flag and a word"),
    pytest.param("api_key: «k1»\napikey: «k2»\napiKey: «k3»\nx-api-key: «k4»", id="API keys"),
    pytest.param("secret_key=«a»\naccess_key: «b»\nclient_secret: «c»\naws_secret_access_key: «d»", id="kinds of keys"),
    pytest.param("credentials: «abc»\nbearer_token: «def»\nrouting_key: «ghi»", id="credentials"),
    pytest.param("password: ${PW:-«hunter2»}", id="a default"),
    pytest.param("password: «pre»${PW}«post»", id="around a reference"),
    pytest.param("password: &pw «hunter2»", id="behind an anchor"),
    pytest.param("password: !!str «hunter2»", id="behind a tag"),
    pytest.param("a:\n  private_key: |\n    «AAA»\n    «BBB CCC»\n  user: x", id="a block scalar"),
    pytest.param("- private_key: >- # x\n    «AAA»\n  user: x", id="a block scalar in a list"),
    pytest.param('password: "«two\n  lines»"\nuser: x', id="a quoted value of two lines"),
    pytest.param(
        "key:\n-----BEGIN RSA PRIVATE KEY-----\n«MII»\n«abc»\n-----END RSA PRIVATE KEY-----", id="a private key"
    ),
    pytest.param("url: https://bob:«hunter2»@db:5432/x", id="a password in a URL"),
    pytest.param("url: postgres://u:«p@ss»@db/x?y=z", id="an at sign in a password"),
    pytest.param("url: https://«0123456789abcdef»@sentry.io/1", id="a token as user of a URL"),
    pytest.param("api_url: https://hooks.slack.com/services/«T0/B0/abc»", id="a Slack webhook"),
    pytest.param("- url: 'https://discord.com/api/webhooks/«12/ab»'", id="a Discord webhook"),
    pytest.param("url: https://api.telegram.org/bot«12:ab/sendMessage»", id="a Telegram bot"),
    pytest.param("Authorization: Bearer «eyJhbGciOi.J9»", id="a bearer token in a header"),
    pytest.param("curl -H 'X: bearer «abc12345»' x", id="a bearer token in a command"),
    pytest.param("https://x/?a=b&token=«abc»&c=d", id="a parameter of a URL"),
    pytest.param("# password: «hunter2»", id="a comment"),
    pytest.param('o: "user=${U},password=${PW},b=1,token=«x»,c"', id="references among options"),
    pytest.param("url: postgres://${U:-bob}:${PW:-«hunter2»}@db/", id="defaults in a URL"),
    pytest.param("{token: ${T}, password: a${P}«b», c: d}".replace("a$", "«a»$"), id="references in a flow mapping"),
    pytest.param("password = «abc»", id="an ini file"),
    pytest.param("PASSWORD: «ünï😀»", id="any script"),
    pytest.param('password: «unclosed"»', id="a quote at the end"),
    pytest.param('password: «"unclosed»', id="a quote that is never closed"),
]


@pytest.mark.parametrize("text", SECRETS)
def test_secret_is_masked(text: str) -> None:
    assert masked(plain(text)) == hide(text)


@pytest.mark.parametrize(
    "text",
    [
        "password: ${PASSWORD}", "password: $PASSWORD", "POSTGRES_PASSWORD=${PASSWORD:?set it}", "token: {{ .Token }}",
        "token: ${{ secrets.TOKEN }}", "password: <secret>", "password:", "password: ''", 'password: ""', "PASSWORD=",
        "password: # set me", "password: null", "password: ~", "secret: true", "password: *pw", "password: !reset null",
        "token_url: https://x/y", "secret_name: db", "password_file: /run/secrets/db", "POSTGRES_PASSWORD_FILE=/run/x",
        "bearer_token_file: /x", "credentials_file: x", "access_key_id: AKIA", "secrets: [db]", "tokens: 3",
        "max_tokens: 5",
        "secret: {external: true}", "secret: [a]", "image: vault-secret:latest", "image: token:1", "passwords: x",
        "url: http://api:8000/x", "url: https://example.com/a@b", "url: ssh://git@github.com/x",
        "mail: bob@example.com",
        "url: http://${USER}:${PASS}@db/", "url: https://hooks.slack.com/", "type: Bearer", "auth: bearer token auth",
        "auth: basic authentication", "expr: sum(rate(http_requests_total{job='token'}[5m]))", "a secret is no word",
        "description: the token expired", "key: value", "monkey: x", "", "compass: north", "bypass=1",
        "TLS_PRIVATEKEY=/var/lib/tls/server.key", "GOOGLE_APPLICATION_CREDENTIALS: /etc/x/y.json",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert masked(text) == text


def test_lines_around_a_secret_stay_readable() -> None:
    text = "user: bob\npassword: hunter2\nport: 1\nsecrets:\n  db:\n    file: x\n"
    assert masked(text) == text.replace("hunter2", MASK * 7)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["password", "token", "secret", ": ", "=", ":", '"', "'", "\\", "|", ">", "\n", "\n  ", " ", "{", "}",
            "[", "]",
             "${A", ":-", "}", "://", "@", "a", "é😀", "hooks.slack.com/services/", "bearer ",
             "-----BEGIN PRIVATE KEY-----", "--", "#", "&x ", "\r\n", "\x85", "_PASS", ","]
        ),
        max_size=25,
    ).map("".join)
)  # fmt: skip
def test_any_text_keeps_its_length_and_its_white_space(text: str) -> None:
    found = masked(text)
    assert len(found) == len(text)
    assert all(new in (old, MASK) and (not old.isspace() or new == old) for old, new in zip(text, found, strict=True))
    assert len(quoted(text, values(text))) == len(text)


def test_secret_that_a_message_quotes_is_masked() -> None:
    secrets = values("db:\n  password: hunter2\n  token: 'ab cd'\n")
    assert secrets == {"hunter2", "ab cd"}
    message = "`hunter2` and `ab cd` at https://u:pw@h/ are no secrets"
    assert quoted(message, secrets) == "`•••••••` and `•• ••` at https://u:••@h/ are no secrets"


def test_word_that_the_text_also_says_in_the_clear_is_left_in_messages() -> None:
    assert values("services:\n  postgres:\n    environment: [POSTGRES_PASSWORD=postgres, X_TOKEN=abc]\n") == frozenset()


def test_prose_of_a_message_is_left_alone() -> None:
    message = "no login: set GF_SECURITY_ADMIN_PASSWORD=… or `password: …` of service `grafana`"
    assert quoted(message, frozenset()) == message


@pytest.mark.parametrize(
    "text",
    [
        "password: " * 100_000, "password=" * 100_000, "a" * 1_000_000, '"' * 1_000_000, "://" * 300_000,
        ' password: "' * 60_000,
        "password: |\n" * 80_000, "password: x" + " " * 1_000_000 + "y", "password: [" + "{{" * 400_000,
        "key" * 300_000, "-----BEGIN PRIVATE KEY-----" * 30_000, "${" * 500_000, "password: ${A:-" * 60_000,
        "bearer " * 150_000, "x" * 80 + "_" * 900_000, "[{" * 400_000 + "password: x", "http://" + "a:" * 400_000 + "@",
    ],
    ids=lambda text: text[:16].strip(),
)  # fmt: skip
def test_hostile_text_takes_no_time(text: str) -> None:
    start = time.process_time()
    masked(text)
    assert time.process_time() - start < 5


def test_a_secret_that_is_a_word_is_masked_where_it_is_quoted_alone() -> None:
    message = 'service `admin` is declared admin: `GF_PASSWORD: admin`, "admin"'
    assert quoted(message, {"admin"}) == 'service `•••••` is declared admin: `GF_PASSWORD: •••••`, "•••••"'
    assert quoted("a token abc123 out of quotes", {"abc123"}) == "a token •••••• out of quotes"
