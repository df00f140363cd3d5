"""The web app's files, as the API serves them."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from tests.conftest import holder

from assay.api import webapp
from assay.api.app import Access, App
from assay.api.asgi import create_api
from assay.api.rootpath import check_root_path
from assay.errors import UsageError


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A built web app of two files."""
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<head><base href="/" /></head><div id="root"></div>')
    (folder / "assets" / "index-1.js").write_text("export {}")
    monkeypatch.setattr(webapp, "WEB", folder)
    return folder


def test_any_path_that_is_no_file_gives_the_page_and_the_page_may_load_from_here_only(built, client):
    for path in ("/", "/p/street/explorer", "/p/street/explorer?metric=object_area"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert '<div id="root">' in answer.text
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-cache"


def test_assets_are_kept_by_the_browser(built, client):
    answer = client.get("/assets/index-1.js")
    assert answer.text == "export {}"
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("root", "base"),
    [
        ("", "/"),
        ("/user/ann/proxy/8000", "/user/ann/proxy/8000/"),
        ("a/b/", "/a/b/"),
        ("/user/ann%40x.org", "/user/ann%40x.org/"),
        ("/é", "/%C3%A9/"),
        ('/">script', "/%22%3Escript/"),
    ],
)
def test_under_a_proxy_the_page_loads_from_the_proxys_path(built, workspace, root, base):
    app = App(workspace, holder(), Access(root_path=check_root_path(root)))
    with TestClient(create_api(app), base_url="http://localhost") as client:
        for path in ("/", base, base.rstrip("/") or "/", f"{base}p/street/explorer"):
            assert f'<base href="{base}" />' in client.get(path).text
        for before in ("/", base):  # the proxy has taken its path off, or left it on
            assert client.get(f"{before}assets/index-1.js").text == "export {}"
            assert client.get(f"{before}api/health").json()["status"] == "ok"
            assert client.get(f"{before}api/nothing").status_code == 404


@pytest.mark.parametrize("root", ["/api", "/api/v1", "/assets/x", "/a//b", "/a/../b", "/a?b", "/a#b", "/a b", "/a\\b"])
def test_paths_that_no_proxy_can_serve_under_are_refused(root):
    with pytest.raises(UsageError, match="served under this path"):
        check_root_path(root)


def test_a_checkout_without_a_built_web_app_says_what_to_do(built, client):
    (built / "index.html").unlink()
    answer = client.get("/")
    assert answer.status_code == 404
    assert "make setup" in answer.json()["hint"]
