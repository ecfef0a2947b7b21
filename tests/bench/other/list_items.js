// Read and write the items of a list.
const n = Number(process.argv[2]);

const items = new Array(100).fill(0);
for (let i = 0; i < n; i++) items[i % 100] = items[(i + 1) % 100] + 1;
