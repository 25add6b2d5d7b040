"""N tasks sleep for 1 s at once: how much later than that the last one is through, in ms."""
import asyncio, json, sys, time

n = int(sys.argv[1])

async def sleeper():
    await asyncio.sleep(1)

async def main():
    start = time.perf_counter()
    await asyncio.gather(*[sleeper() for _ in range(n)])
    print(json.dumps({"value": (time.perf_counter() - start - 1) * 1000}))

asyncio.run(main())
