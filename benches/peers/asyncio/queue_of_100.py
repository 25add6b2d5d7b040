"""One producer, one consumer, N items, a queue of 100."""
import asyncio, json, sys, time

n = int(sys.argv[1])

async def produce(q):
    for i in range(n):
        await q.put(i)

async def consume(q):
    total = 0
    for _ in range(n):
        total += await q.get()
    return total

async def main():
    q = asyncio.Queue(100)
    start = time.perf_counter()
    _, total = await asyncio.gather(produce(q), consume(q))
    seconds = time.perf_counter() - start
    assert total == n * (n - 1) // 2
    print(json.dumps({"value": n / seconds}))

asyncio.run(main())
