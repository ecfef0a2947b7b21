// Await an async function (which always suspends here).
const n = Number(process.argv[2]);

async function f(x) {
  return x;
}

async function main() {
  for (let i = 0; i < n; i++) await f(i);
}

main();
