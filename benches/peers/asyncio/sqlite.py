"""N rows are inserted one by one, in one transaction, into a database in memory, by a thread of the database's own.

asyncio brings no SQLite; this is what its libraries do: each statement goes to that thread and back.
"""
import asyncio, json, sqlite3, sys, time
from concurrent.futures import ThreadPoolExecutor

n = int(sys.argv[1])

async def main():
    loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1)
    db = await loop.run_in_executor(thread, sqlite3.connect, ":memory:")
    execute = lambda *a: loop.run_in_executor(thread, db.execute, *a)
    await execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT)")
    start = time.perf_counter()
    for i in range(n):
        await execute("INSERT INTO rows VALUES (?, ?)", (i, "a row"))
    await loop.run_in_executor(thread, db.commit)
    seconds = time.perf_counter() - start
    rows = await execute("SELECT count(*) FROM rows")
    assert (await loop.run_in_executor(thread, rows.fetchone))[0] == n
    print(json.dumps({"value": n / seconds}))

asyncio.run(main())
