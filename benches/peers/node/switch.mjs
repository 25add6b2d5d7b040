// Two async functions yield to the event loop in turn, N times in all.
const n = Number(process.argv[2]);

async function side(n) {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
}

const start = performance.now();
await Promise.all([side(n / 2), side(n / 2)]);
console.log(JSON.stringify({ value: n / ((performance.now() - start) / 1000) }));
