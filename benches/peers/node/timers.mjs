// Sleeps for 1 ms, N times, one after another: how late each is in the mean, in microseconds.
const n = Number(process.argv[2]);

let late = 0;
for (let i = 0; i < n; i++) {
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 1));
  late += performance.now() - start - 1;
}
console.log(JSON.stringify({ value: (late / n) * 1000 }));
