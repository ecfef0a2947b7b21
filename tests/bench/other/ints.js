// Integers in a loop.
const n = Number(process.argv[2]);

let total = 0;
for (let i = 0; i < n; i++) total = (total * 31 + i) % 1000003;
