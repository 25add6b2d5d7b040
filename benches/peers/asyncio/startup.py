"""The smallest program that uses the loop; the whole process is measured from outside."""
import asyncio

async def main():
    await asyncio.sleep(0)
    print("hello")

asyncio.run(main())
