"""Runs the commands on standard input with the public Python client and prints the seconds that a call took."""

import asyncio
import collections
import csv
import functools
import gc
import itertools
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
from micro_so import AsyncMicro, DefaultAioHttpClient, DefaultAsyncHttpxClient, Micro

TEAM = "4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11"


def decode(path):
    """Decodes an answer that is already in memory, so only the work of the client is measured."""
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


@functools.cache
def client(base):
    return Micro(api_key="a key", team_id=TEAM, base_url=base)


@functools.cache
def pool(threads):
    return ThreadPoolExecutor(threads)


def sync(base, requests, threads):
    """Sends all requests, distributed over a number of threads."""
    imports = client(base).prism.imports

    def some():
        for _ in range(requests // threads):
            imports.get("b5f1")

    start = time.perf_counter()
    for done in [pool(threads).submit(some) for _ in range(threads)]:
        done.result()
    return (time.perf_counter() - start) / requests


def bulk(base, path):
    """Imports a CSV file in chunks of 1,000 rows, four at a time, as a script would."""
    contacts = client(base).prism.objects.contacts

    def send(rows):
        done = contacts.bulk_create(objects=rows, options={"dedupe_by": "email"})
        return sum(1 for row in done.results if row.created)

    def chunks():
        with open(path, newline="") as file:
            rows = csv.DictReader(file)
            while chunk := [{"default": row} for row in itertools.islice(rows, 1000)]:
                yield chunk

    start = time.perf_counter()
    created, waiting = 0, collections.deque()
    for chunk in chunks():
        waiting.append(pool(4).submit(send, chunk))
        if len(waiting) > 8:
            created += waiting.popleft().result()
    created += sum(done.result() for done in waiting)
    took = time.perf_counter() - start
    assert created % 1000 == 0 and created > 0, created
    return took


LOOP = asyncio.new_event_loop()


@functools.cache
def asynchronous_client(base, http):
    kind = {"httpx": DefaultAsyncHttpxClient, "aiohttp": DefaultAioHttpClient}[http]
    return AsyncMicro(api_key="a key", team_id=TEAM, base_url=base, http_client=kind())


async def asynchronous(base, requests, http):
    """Sends 64 requests at a time with one of the HTTP libraries that the client supports."""
    imports = asynchronous_client(base, http).prism.imports

    async def some():
        for _ in range(requests // 64):
            await imports.get("b5f1")

    start = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(64)))
    return (time.perf_counter() - start) / requests


for line in sys.stdin:
    match line.split():
        case ["decode", path]:
            took = decode(path)
        case ["sync", base, requests, threads]:
            took = sync(base, int(requests), int(threads))
        case ["bulk", base, path]:
            took = bulk(base, path)
        case ["peak"]:
            took = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        case ["async", base, requests, http]:
            took = LOOP.run_until_complete(asynchronous(base, int(requests), http))
    print(took, flush=True)

# Exit without closing the clients.
os._exit(0)
