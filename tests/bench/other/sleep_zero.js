// Yield to the loop of microtasks and come back.
const n = Number(process.argv[2]);

async function main() {
  for (let i = 0; i < n; i++) await null;
}

main();
