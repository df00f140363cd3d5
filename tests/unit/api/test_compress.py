"""Answers are compressed where they go over a network, and only there."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from assay.api.asgi import create_api

PAGE = "/api/projects/colors/cards?scope=annotation&limit=500"


def ask(app, address, path=PAGE, **headers):
    client = TestClient(create_api(app), base_url="http://localhost", client=(address, 50_000), headers=headers)
    return client.get(path)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "testclient"])
def test_nothing_is_compressed_on_the_same_machine(app, address):
    assert "content-encoding" not in ask(app, address).headers


@pytest.mark.parametrize("address", ["192.168.0.7", "2001:db8::1", "fe80::1%eth0", "::ffff:10.0.0.9"])
def test_another_machine_gets_the_same_answer_in_fewer_bytes(app, address):
    answer = ask(app, address)
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(answer.content)
    assert answer.json() == ask(app, "127.0.0.1").json()


def test_a_client_that_does_not_know_compression_and_a_picture_are_left_alone(app):
    assert "content-encoding" not in ask(app, "192.168.0.7", **{"accept-encoding": "identity"}).headers
    picture = ask(app, "192.168.0.7", "/api/projects/colors/images/0/view")
    assert picture.status_code == 200
    assert "content-encoding" not in picture.headers
