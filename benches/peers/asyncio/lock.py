"""Ten tasks hand a lock from one to the next, N times in all."""
import asyncio, json, sys, time

n = int(sys.argv[1])
count = 0

async def work(lock, turns):
    global count
    for _ in range(turns):
        await lock.acquire()
        count += 1
        await asyncio.sleep(0)  # so that the others stand in line
        lock.release()

async def main():
    lock = asyncio.Lock()
    start = time.perf_counter()
    await asyncio.gather(*[work(lock, n // 10) for _ in range(10)])
    assert count == n
    print(json.dumps({"value": n / (time.perf_counter() - start)}))

asyncio.run(main())
