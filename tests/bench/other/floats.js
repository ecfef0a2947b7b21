// Floats in a loop.
const n = Number(process.argv[2]);

let x = 0.5;
for (let i = 0; i < n; i++) x = x * (1.0 - x) * 3.7;
