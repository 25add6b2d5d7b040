"""Two tasks yield in turn, N times in all."""
import asyncio, json, sys, time

n = int(sys.argv[1])

async def side(n):
    for _ in range(n):
        await asyncio.sleep(0)

async def main():
    start = time.perf_counter()
    await asyncio.gather(side(n // 2), side(n // 2))
    print(json.dumps({"value": n / (time.perf_counter() - start)}))

asyncio.run(main())
