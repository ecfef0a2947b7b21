// Start an async function and await it.
const n = Number(process.argv[2]);

async function f() {}

async function main() {
  for (let i = 0; i < n; i++) {
    const task = f();
    await task;
  }
}

main();
