// One producer, one consumer, N items, a queue of 100. JavaScript brings no such queue; this is the one people write.
const n = Number(process.argv[2]);

class Queue {
  constructor(capacity) {
    this.capacity = capacity;
    this.items = new Array(capacity);
    this.head = 0;
    this.length = 0;
    this.getters = [];
    this.putters = [];
  }
  async put(item) {
    while (this.length === this.capacity) await new Promise((resolve) => this.putters.push(resolve));
    this.items[(this.head + this.length++) % this.capacity] = item;
    this.getters.shift()?.();
  }
  async get() {
    while (this.length === 0) await new Promise((resolve) => this.getters.push(resolve));
    const item = this.items[this.head];
    this.head = (this.head + 1) % this.capacity;
    this.length--;
    this.putters.shift()?.();
    return item;
  }
}

const q = new Queue(100);
async function produce() {
  for (let i = 0; i < n; i++) await q.put(i);
}
async function consume() {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += await q.get();
  return sum;
}

const start = performance.now();
const [, sum] = await Promise.all([produce(), consume()]);
const seconds = (performance.now() - start) / 1000;
if (sum !== (n * (n - 1)) / 2) throw new Error("wrong sum");
console.log(JSON.stringify({ value: n / seconds }));
