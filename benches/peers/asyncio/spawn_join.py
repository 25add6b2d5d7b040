"""Spawns N tasks that yield once and return their number, and joins them."""
import asyncio, json, sys, time

n = int(sys.argv[1])

async def work(i):
    await asyncio.sleep(0)
    return i

async def main():
    start = time.perf_counter()
    total = sum(await asyncio.gather(*[work(i) for i in range(n)]))
    seconds = time.perf_counter() - start
    assert total == n * (n - 1) // 2
    print(json.dumps({"value": n / seconds}))

asyncio.run(main())
