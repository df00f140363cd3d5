"""The app under a path of a proxy: pages, files, API, redirects and cookies, whatever the proxy does with the path."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from tests.other_user import OTHER, as_user, needs_root
from tests.proxies import proxy

PATH = "/user/ann/proxy/8000"


@pytest.mark.parametrize("upgrades", [False, True])
@pytest.mark.parametrize("strips", [True, False])
def test_pages_files_and_api_are_found_below_the_path(assay, workspace, strips, upgrades):
    app = assay.start(workspace, "--root-path", f"{PATH}/")
    with (
        proxy(app.url, PATH, strips=strips, upgrades=upgrades) as address,
        httpx.Client(trust_env=False, timeout=60) as browser,
    ):
        page = browser.get(f"{address}/p/colors/explorer")
        assert page.status_code == 200
        assert f'<base href="{PATH}/" />' in page.text
        script = re.search(r'<script type="module"[^>]* src="\./([^"]+)"', page.text)[1]
        found = browser.get(f"{address}/{script}")
        assert found.headers["content-type"].startswith("text/javascript")
        assert browser.get(f"{address}/api/projects/colors").json()["images"] == 6
        assert browser.get(f"{address}/api/nothing").status_code == 404
        assert browser.get(f"{address}/api/projects/colors/images/0/view").headers["content-type"] == "image/jpeg"
        tag = {"selection": {"scope": "image", "query": ""}, "name": "seen", "action": "add"}
        origin = address.removesuffix(PATH)
        tagged = browser.post(f"{address}/api/projects/colors/tags/apply", json=tag, headers={"origin": origin})
        assert tagged.json()["changed"] == 6
        foreign = browser.post(
            f"{address}/api/projects/colors/tags/apply", json=tag, headers={"origin": "http://evil.example"}
        )
        assert foreign.status_code == 403
        served = browser.get(f"{address}/openapi.json").json()
        assert served["servers"] == [{"url": PATH}]


@needs_root
@pytest.mark.parametrize("strips", [True, False])
def test_a_proxy_of_another_user_needs_the_token_once_and_its_cookie_is_for_the_path(assay, workspace, strips):
    app = assay.start(workspace, "--root-path", PATH)
    secret = json.loads((workspace / ".assay-server.lock").read_text())["secret"]
    with (
        proxy(app.url, PATH, strips=strips) as address,
        httpx.Client(trust_env=False, timeout=60, follow_redirects=True) as browser,
        as_user(OTHER),
    ):
        assert browser.get(f"{address}/api/projects").status_code == 401
        entered = browser.get(f"{address}/p/colors/explorer?token={secret}&q=a")
        assert str(entered.url) == f"{address}/p/colors/explorer?q=a"
        assert entered.status_code == 200
        (cookie,) = browser.cookies.jar
        assert (cookie.path, cookie.name) == (PATH, f"assay_token_{app.port}")
        assert browser.get(f"{address}/api/projects").status_code == 200
    assert f"{app.url}{PATH}/?token={secret}" in app.stop().out
