// A call of a function that calls itself.
const n = Number(process.argv[2]);

function depth(k) {
  return k < 2 ? k : depth(k - 1) + 1;
}

for (let i = 0; i < n / 100; i++) depth(100);
