"""Runs the service's public Python client, micro-so, against a sandbox.

Arguments: the base URL of a sandbox whose only key is py-key, of one whose script refuses, and a team's id.
"""

import sys
import time

import micro_so
from micro_so import Micro

BASE, BAD_WEATHER, TEAM = sys.argv[1:]


def client(base_url=BASE, api_key="py-key", max_retries=0):
    return Micro(
        api_key=api_key,
        team_id=TEAM,
        base_url=base_url,
        max_retries=max_retries,
        _strict_response_validation=True,
    )


def contacts(count):
    return [{"default": {"email": f"p{n}@example.org"}} for n in range(count)]


def refused(error_class, call):
    try:
        call()
    except error_class as error:
        return error
    raise AssertionError(f"no {error_class.__name__}")


def code(error):
    return error.response.json()["error"]["code"]


micro = client()
objects = micro.prism.objects.contacts

# A small batch: finished in the response, matched whatever the case of its letters.
rows = contacts(2) + [{"default": {"email": "P0@EXAMPLE.org"}}, {"default": {"email": "nobody"}}]
done = objects.bulk_create(objects=rows, options={"dedupe_by": "email", "case_insensitive": True})
assert (done.job_id, done.status, done.total) == (None, "complete", 4), done
assert (done.succeeded, done.failed, done.processed) == (3, 1, 4), done
assert [row.created for row in done.results] == [True, True, False, False], done
assert [row.existing for row in done.results] == [False, False, True, False], done
assert done.results[2].id == done.results[0].id, done
assert done.results[3].error.code == "invalid_email", done

# A large one: polled to its end.
raw = objects.with_raw_response.bulk_create(objects=contacts(300), idempotency_key="batch-1")
job = raw.parse()
assert raw.status_code == 202 and job.status == "processing" and job.results is None, job
assert raw.headers["location"] == f"{BASE}/v2/prism/{TEAM}/imports/{job.job_id}", raw.headers
assert "idempotent-replay" not in raw.headers, raw.headers
deadline = time.monotonic() + 30
seen = job
while seen.status == "processing":
    assert time.monotonic() < deadline, seen
    time.sleep(0.05)
    earlier, seen = seen, micro.prism.imports.get(job.job_id)
    assert seen.processed >= earlier.processed, (earlier, seen)
assert (seen.status, seen.total, seen.processed, len(seen.results)) == ("complete", 300, 300, 300), seen
assert (seen.expires_at - seen.created_at).days == 7, seen

# The same key: the same answer, or a conflict.
raw = objects.with_raw_response.bulk_create(objects=contacts(300), idempotency_key="batch-1")
assert raw.headers["idempotent-replay"] == "true" and raw.parse().job_id == job.job_id, raw.headers
error = refused(
    micro_so.ConflictError,
    lambda: objects.bulk_create(objects=contacts(299), idempotency_key="batch-1"),
)
assert code(error) == "idempotency_key_mismatch", error

# Refusals, each the client's own class.
error = refused(micro_so.NotFoundError, lambda: micro.prism.imports.get("no such/job"))
assert code(error) == "not_found" and error.response.headers["x-request-id"].startswith("req_"), error
error = refused(
    micro_so.AuthenticationError,
    lambda: micro.prism.imports.get("x", extra_headers={"x-api-key": ""}),
)
assert code(error) == "unauthorized", error
error = refused(micro_so.PermissionDeniedError, lambda: client(api_key="other").prism.imports.get("x"))
assert code(error) == "forbidden", error
error = refused(micro_so.BadRequestError, lambda: objects.bulk_create(objects=[]))
assert error.response.json()["error"]["errors"][0]["field"] == ".body.objects", error

# Bad weather: 429, 500, a closed connection, then the answer. The client tries again by itself.
bad = client(BAD_WEATHER)
refused(micro_so.RateLimitError, lambda: bad.prism.imports.get("x"))
refused(micro_so.InternalServerError, lambda: bad.prism.imports.get("x"))
refused(micro_so.APIConnectionError, lambda: bad.prism.imports.get("x"))
refused(micro_so.NotFoundError, lambda: client(BAD_WEATHER, max_retries=2).prism.imports.get("x"))

print("all passed")
