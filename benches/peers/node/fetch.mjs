// N GET requests to a URL, 50 at a time, each body parsed as JSON.
const n = Number(process.argv[2]);
const url = process.argv[3];

async function client(count) {
  for (let i = 0; i < count; i++) {
    const response = await fetch(url);
    if (!response.ok || typeof (await response.json()) !== "object") throw new Error("wrong answer");
  }
}

const start = performance.now();
await Promise.all(Array.from({ length: 50 }, () => client(n / 50)));
console.log(JSON.stringify({ value: n / ((performance.now() - start) / 1000) }));
process.exit(0); // connections are kept alive
