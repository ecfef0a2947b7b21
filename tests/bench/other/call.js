// Call a function.
const n = Number(process.argv[2]);

function f(x) {
  return x;
}

for (let i = 0; i < n; i++) f(i);
