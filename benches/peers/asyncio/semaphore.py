"""Ten tasks share three permits, N times in all."""
import asyncio, json, sys, time

n = int(sys.argv[1])
count = 0

async def work(permits, turns):
    global count
    for _ in range(turns):
        await permits.acquire()
        count += 1
        await asyncio.sleep(0)  # so that the others stand in line
        permits.release()

async def main():
    permits = asyncio.Semaphore(3)
    start = time.perf_counter()
    await asyncio.gather(*[work(permits, n // 10) for _ in range(10)])
    assert count == n
    print(json.dumps({"value": n / (time.perf_counter() - start)}))

asyncio.run(main())
