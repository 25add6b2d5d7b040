// N async functions sleep for 1 s at once: how much later than that the last one is through, in ms.
const n = Number(process.argv[2]);

async function sleeper() {
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

const start = performance.now();
const tasks = [];
for (let i = 0; i < n; i++) tasks.push(sleeper());
await Promise.all(tasks);
console.log(JSON.stringify({ value: performance.now() - start - 1000 }));
