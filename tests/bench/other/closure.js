// Call a closure that counts.
const n = Number(process.argv[2]);

function counter() {
  let count = 0;
  return (by) => (count += by);
}

const step = counter();
for (let i = 0; i < n; i++) step(i);
