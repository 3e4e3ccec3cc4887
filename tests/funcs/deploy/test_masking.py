"""Secrets are hidden wherever a plan is shown."""

from __future__ import annotations

import pytest

from funcs.deploy.masking import is_secret, masked

SECRETS = (
    "DB_PASSWORD token AWS_SECRET_ACCESS_KEY apiKey accessKey PRIVATE_KEY Authorization cookie "
    "DB_PWD s3SessionToken CONNECTION_STRING DB_PASS PGPASS PASSWORD_SALT"
)


@pytest.mark.parametrize("name", SECRETS.split())
def test_a_name_tells_a_secret(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["TOKENIZER", "MAX_TOKENS", "secretName", "GREETING", "monkey", "COMPASS"]
)
def test_other_names_do_not(name: str) -> None:
    assert not is_secret(name)


def test_a_whole_document_is_looked_through() -> None:
    document = {
        "env": [{"name": "A", "value": "1"}, {"name": "API_KEY", "value": "2"}],
        "triggers": {"q": {"password": "3", "url": "amqp://me:4@host/5"}},
        "build": {"codeEntryAttributes": {"headers": {"Authorization": "6"}}},
    }

    assert {
        "env": [{"name": "A", "value": "1"}, {"name": "API_KEY", "value": "***"}],
        "triggers": {"q": {"password": "***", "url": "amqp://me:***@host/5"}},
        "build": {"codeEntryAttributes": {"headers": {"Authorization": "***"}}},
    } == masked(document)


def test_all_of_a_secret_of_kubernetes_is_one() -> None:
    document = {"kind": "Secret", "stringData": {"processor.yaml": "password: x"}}

    assert {"kind": "Secret", "stringData": {"processor.yaml": "***"}} == masked(document)


def test_what_a_processor_logs_of_its_configuration_is_one() -> None:
    message = '(D) Read configuration {"env": "hidden"}\nthen it failed'

    assert {"message": "(D) Read configuration ***\nthen it failed"} == masked({"message": message})


def test_where_a_secret_comes_from_is_none() -> None:
    reference = {"valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}

    assert [{"name": "PASSWORD", **reference}] == masked([{"name": "PASSWORD", **reference}])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("authorization: basic YWJj", "authorization: basic ***"),
        ("--password=abc --rate=2", "--password=*** --rate=2"),
        (
            "Endpoint=sb://x;SharedAccessKey=abc;Name=y",
            "Endpoint=sb://x;SharedAccessKey=***;Name=y",
        ),
        ("https://x.io/a?api_key=abc&page=2", "https://x.io/a?api_key=***&page=2"),
        ("serve --db-password abc --rate 2", "serve --db-password *** --rate 2"),
        ("user: me\npassword: 'a b'\nrate: 2", "user: me\npassword: ***\nrate: 2"),
        ("NoCredentialsError: none were found", "NoCredentialsError: none were found"),
        ("git+https://abc@host/it", "git+https://***@host/it"),
        ("amqp://me@host, https://host/a@b", "amqp://me@host, https://host/a@b"),
        ("a ghp_0123456789abcdefgh b", "a *** b"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", "***"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n", "***\n"),
        ("https://hooks.slack.com/services/T0/B0/abc", "https://hooks.slack.com/services/***"),
        ("max_tokens=5 basic idea", "max_tokens=5 basic idea"),
        ('{"api_key": "abc", "rate":2}', '{"api_key": "***", "rate":2}'),
        ('{"env":[{"name":"DB_PASSWORD","value":"abc"}]}', None),
        ('{"rate":2}', '{"rate":2}'),
        ("{not json", "{not json"),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_text_is_looked_through(text: str, shown: str | None) -> None:
    found = masked({"value": text})["value"]

    assert found == shown if shown is not None else "abc" not in found


def test_a_text_of_json_is_masked_by_its_keys() -> None:
    text = '{"user": "me", "password" : "a\\"b", "limits": {"api_key": "k", "rate": 3}}'

    (pair,) = masked([{"name": "SETTINGS", "value": text}])

    expected = '{"user": "me", "password" : "***", "limits": {"api_key": "***", "rate": 3}}'
    assert expected == pair["value"]
