"""`assay start`: health, the API's description, signals, tokens, the lock file."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from assay.project.lock import read_holder
from tests.other_user import OTHER, as_user, needs_root


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_interrupted_and_ends_well(assay, workspace, until, how):
    app = assay.start(workspace / "colors")
    assert app.get("/api/health")["status"] == "ok"
    assert app.get("/openapi.json")["openapi"].startswith("3.")
    assert app.get("/api/projects/colors")["images"] == 6
    assert read_holder(workspace / ".assay-server.lock").url == app.url
    assert (workspace / ".assay-server.lock").stat().st_mode & 0o077 == 0
    second = assay("start", "-t", workspace, "--no-browser")
    assert (second.code, second.err) == (0, "")
    assert app.url in second.out
    run = app.stop(how)
    assert (run.code, run.err) == (0, "")
    assert f"{app.url}/p/colors/explorer" in run.out
    assert read_holder(workspace / ".assay-server.lock") is None
    assert read_holder(workspace / "colors" / "assay.lock") is None


def test_any_other_address_asks_for_the_token_and_clients_have_it(assay, workspace):
    app = assay.start(workspace, "--host", "0.0.0.0")
    with httpx.Client(base_url=app.url, trust_env=False) as browser:
        refused = browser.get("/api/projects")
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
        assert assay("query", "-t", workspace, "--json").json["total"] == 6
        link = find_link(app)
        assert link in assay("start", "-t", workspace, "--no-browser").out
        entered = browser.get(link.replace(link.split("?")[0], f"{app.url}/api/projects"), follow_redirects=True)
        assert [p["name"] for p in entered.json()["projects"]] == ["colors"]
        assert "token" not in str(entered.url)
        assert browser.get("/api/projects").status_code == 200


def find_link(app):
    return re.search(r"http\S+token=\S+", app.process.stdout.readline())[0]


def curl(url, *options, user=None):
    """Ask as another user of the machine does; return the status and the answer."""
    command = ["curl", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", *options, url]
    run = subprocess.run(command, user=user, capture_output=True, text=True, timeout=60, check=True, cwd="/")
    body, _, status = run.stdout.rpartition("\n")
    return int(status), body


@needs_root
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_another_user_of_the_machine_needs_the_token_and_the_own_user_nothing(assay, workspace, host):
    app = assay.start(workspace, *(("--host", host) if host != "127.0.0.1" else ()))
    url = app.url
    secret = json.loads((workspace / ".assay-server.lock").read_text())["secret"]
    bearer = ("-H", f"Authorization: Bearer {secret}")
    import_ = ("-H", "Content-Type: application/json", "-d", "{}")
    assert curl(f"{url}/api/projects")[0] == 200
    assert curl(f"{url}/api/projects", user=OTHER)[0] == 401
    assert curl(f"{url}/api/projects/colors", "-X", "DELETE", user=OTHER)[0] == 401
    assert curl(f"{url}/api/sandboxes/quickstart", *import_, user=OTHER)[0] == 401
    assert curl(f"{url}/api/projects", *bearer, user=OTHER)[0] == 200
    assert curl(f"{url}/api/projects", "-H", "Host: evil.example", *bearer)[0] == 403
    assert curl(f"{url}/api/health", user=OTHER)[0] == 200
    status, page = curl(f"{url}/", "-H", "Accept: text/html", user=OTHER)
    assert status == 401
    assert "assay start" in page
    assert secret not in page
    with httpx.Client(base_url=url, trust_env=False) as kept:
        with as_user(OTHER):
            assert kept.get("/api/projects").status_code == 401
        assert kept.get("/api/projects").status_code == 401  # the connection is still the other user's
    with httpx.Client(base_url=url, trust_env=False) as kept:
        assert kept.get("/api/projects").status_code == 200
        with as_user(OTHER):
            assert kept.get("/api/projects").status_code == 200  # the connection is the first user's
    again = assay("start", "-t", workspace, "--no-browser")
    assert f"{url}/?token={secret}" in again.out
    printed = app.stop().out
    assert f"Assay is at {url}/\n" in printed
    assert "token" not in printed


@needs_root
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")
def test_without_a_token_everybody_comes_in_and_is_told_to(assay, workspace):
    app = assay.start(workspace, "--no-token")
    assert curl(f"{app.url}/api/projects", user=OTHER)[0] == 200
    assert curl(f"{app.url}/api/projects", "-H", "Host: evil.example", user=OTHER)[0] == 403
    assert curl(f"{app.url}/api/projects", "-H", "Origin: http://evil.example", user=OTHER)[0] == 403
    assert "--no-token" in app.stop().out


def test_clients_reach_an_app_that_listens_at_another_address_on_this_machine(assay, workspace):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; says which address of this machine would be used
        except OSError:
            pytest.skip("this machine has no address but its own")
        address = probe.getsockname()[0]
    app = assay.start(workspace, "--host", address)
    link = find_link(app)
    assert link.startswith(f"http://{address}:{app.port}/")
    assert read_holder(workspace / ".assay-server.lock").url == app.url
    assert assay("query", "-t", workspace, "--json").json["total"] == 6
    assert curl(f"http://{address}:{app.port}/api/projects")[0] == 401


@pytest.mark.parametrize("options", [(), ("--no-token",)])
def test_it_works_below_a_path_of_a_proxy(assay, workspace, options):
    app = assay.start(workspace, "--root-path", "/user/me/proxy", *options)
    for path in ("", "/user/me/proxy"):
        assert app.get(f"{path}/api/projects/colors")["images"] == 6
    assert assay("query", "-t", workspace, "--json").json["total"] == 6
    assert f"Assay is at {app.url}/user/me/proxy/\n" in app.stop().out


def test_files_outside_the_web_app_are_not_served(assay, workspace):
    app = assay.start(workspace)
    secret = json.dumps(str(workspace))
    for path in (
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2f..%2fetc/passwd",
        "//etc/passwd",
    ):
        with httpx.Client(base_url=app.url, trust_env=False) as browser:
            answer = browser.get(app.url + path)
        assert answer.status_code in (200, 400, 404)
        body = answer.content
        assert b"root:" not in body
        assert secret.encode() not in body
