"""Requests that keep a processor busy are worked on a few at a time; the others do not wait for them."""

from __future__ import annotations

import asyncio
import threading

import httpx
from fastapi import FastAPI

from assay.api.turns import PAGE_TURN, SUMMARY_TURN, turns


def test_no_more_requests_than_turns_are_worked_on_at_once():
    app, two = FastAPI(), turns(2)
    going, most, let_go = [], [], threading.Event()
    mutex = threading.Lock()

    @app.get("/busy", dependencies=[two])
    def busy():
        with mutex:
            going.append(1)
            most.append(len(going))
        assert let_go.wait(60)
        with mutex:
            going.pop()
        return {}

    @app.get("/fails", dependencies=[two])
    def fail():
        raise RuntimeError

    @app.get("/free")
    def free():
        return {}

    async def ask():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            for _ in range(3):  # a turn that failed is given back
                assert (await client.get("/fails")).status_code == 500
            asked = [asyncio.ensure_future(client.get("/busy")) for _ in range(8)]
            while len(most) < 2:
                await asyncio.sleep(0.01)
            assert (await client.get("/free")).status_code == 200
            let_go.set()
            assert [answer.status_code for answer in await asyncio.gather(*asked)] == [200] * 8

    asyncio.run(ask())
    assert (max(most), len(most)) == (2, 8)
    asyncio.run(ask())  # in another event loop, too


def test_summaries_hold_up_no_page():
    assert PAGE_TURN.dependency is not SUMMARY_TURN.dependency
