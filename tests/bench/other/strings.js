// Build a string from pieces.
const n = Number(process.argv[2]);

let text = "";
for (let i = 0; i < n; i++) text += `${i}:${i * 2};`;
