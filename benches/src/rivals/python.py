"""Does with the public Python client what it is told, a line each, and answers the seconds that a call took."""

import asyncio
import gc
import sys
import time

import httpx
from micro_so import AsyncMicro, Micro

TEAM = "4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11"


def decode(path):
    """An answer that is there already, so that what is left is the client's own work."""
    with open(path, "rb") as file:
        body = file.read()
    headers = {"content-type": "application/json"}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, content=body))
    micro = Micro(api_key="a key", team_id=TEAM, http_client=httpx.Client(transport=transport))
    gc.collect()
    start = time.perf_counter()
    job = micro.prism.imports.get("b5f1")
    took = time.perf_counter() - start
    assert job.results is not None and len(job.results) == job.total
    return took


CLIENTS = {}


def sync(base, requests):
    if base not in CLIENTS:
        CLIENTS[base] = Micro(api_key="a key", team_id=TEAM, base_url=base)
    imports = CLIENTS[base].prism.imports
    start = time.perf_counter()
    for _ in range(requests):
        imports.get("b5f1")
    return (time.perf_counter() - start) / requests


LOOP = asyncio.new_event_loop()
ASYNC_CLIENTS = {}


async def many(base, requests):
    if base not in ASYNC_CLIENTS:
        ASYNC_CLIENTS[base] = AsyncMicro(api_key="a key", team_id=TEAM, base_url=base)
    imports = ASYNC_CLIENTS[base].prism.imports

    async def some():
        for _ in range(requests // 64):
            await imports.get("b5f1")

    start = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(64)))
    return (time.perf_counter() - start) / (requests // 64 * 64)


for line in sys.stdin:
    match line.split():
        case ["decode", path]:
            took = decode(path)
        case ["sync", base, requests]:
            took = sync(base, int(requests))
        case ["async", base, requests]:
            took = LOOP.run_until_complete(many(base, int(requests)))
    print(took, flush=True)
