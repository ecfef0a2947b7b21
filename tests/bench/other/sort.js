// Sort by a key.
const n = Number(process.argv[2]);

const items = [];
for (let i = 0; i < n; i++) items.push((i * 7919) % 10007);
items.sort((a, b) => b - a);
