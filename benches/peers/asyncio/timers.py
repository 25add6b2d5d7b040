"""Sleeps for 1 ms, N times, one after another: how late each is in the mean, in microseconds."""
import asyncio, json, sys, time

n = int(sys.argv[1])

async def main():
    late = 0.0
    for _ in range(n):
        start = time.perf_counter()
        await asyncio.sleep(0.001)
        late += time.perf_counter() - start - 0.001
    print(json.dumps({"value": late / n * 1e6}))

asyncio.run(main())
