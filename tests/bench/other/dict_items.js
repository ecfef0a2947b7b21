// Count words in a map.
const n = Number(process.argv[2]);

const words = ["alpha", "beta", "gamma", "delta"];
const counts = new Map();
for (let i = 0; i < n; i++) {
  const word = words[i % 4];
  counts.set(word, (counts.get(word) ?? 0) + 1);
}
