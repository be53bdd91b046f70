"""The floor: a bare loop that downloads the recorded pages with as many threads as the product, and parses them.

``python -m bench.floor URL THREADS < requests.json`` prints one line of JSON: seconds, CPU seconds, peak RSS in MB, bytes.
"""

import json
import resource
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests

LOCAL = threading.local()


def fetch(url: str, request: list[str]) -> int:
    """One page, parsed and forgotten; its size."""
    if not hasattr(LOCAL, "session"):
        LOCAL.session = requests.Session()
    method, path, query, body = request
    address = f"{url}{path}" + (f"?{query}" if query else "")
    answer = LOCAL.session.request(method, address, data=body or None, headers={"Content-Type": "application/json"})
    json.loads(answer.content)
    return len(answer.content)


def main() -> None:
    """Download everything once."""
    url, threads = sys.argv[1], int(sys.argv[2])
    wanted = json.load(sys.stdin)
    started = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        received = sum(pool.map(lambda request: fetch(url, request), wanted))
    seconds = time.monotonic() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "seconds": round(seconds, 2), "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "rss_mb": round(used.ru_maxrss / 1024, 1), "requests": len(wanted), "bytes": received,
    }))


if __name__ == "__main__":
    main()
