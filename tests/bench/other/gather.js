// Wait for all of a hundred async functions.
const n = Number(process.argv[2]);

async function f(x) {
  return x;
}

async function main() {
  for (let i = 0; i < n / 100; i++) {
    await Promise.all(Array.from({ length: 100 }, (_, x) => f(x)));
  }
}

main();
