// Starts N async functions that yield once to the event loop and return their number, and joins them.
const n = Number(process.argv[2]);

async function work(i) {
  await new Promise((resolve) => setImmediate(resolve));
  return i;
}

const start = performance.now();
const tasks = [];
for (let i = 0; i < n; i++) tasks.push(work(i));
const sum = (await Promise.all(tasks)).reduce((a, b) => a + b, 0);
const seconds = (performance.now() - start) / 1000;
if (sum !== (n * (n - 1)) / 2) throw new Error("wrong sum");
console.log(JSON.stringify({ value: n / seconds }));
