"""N GET requests to a URL, 50 at a time, each body parsed as JSON.

asyncio brings no HTTP client. This one knows just enough of HTTP, on streams that are kept alive, and so does less
than a real client would.
"""
import asyncio, json, sys, time
from urllib.parse import urlsplit

n = int(sys.argv[1])
url = urlsplit(sys.argv[2])
request = f"GET {url.path} HTTP/1.1\r\nhost: {url.netloc}\r\naccept: */*\r\n\r\n".encode()

async def client(count):
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    for _ in range(count):
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        assert head.startswith("http/1.1 200")
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        assert isinstance(json.loads(await reader.readexactly(length)), dict)
    writer.close()

async def main():
    start = time.perf_counter()
    await asyncio.gather(*[client(n // 50) for _ in range(50)])
    print(json.dumps({"value": n / (time.perf_counter() - start)}))

asyncio.run(main())
