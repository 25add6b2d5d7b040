// The smallest program that uses the loop; the whole process is measured from outside.
await new Promise((resolve) => setTimeout(resolve, 0));
console.log("hello");
