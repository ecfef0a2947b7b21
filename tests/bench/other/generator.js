// Items of a generator.
const n = Number(process.argv[2]);

function* numbers() {
  for (let i = 0; i < n; i++) yield i;
}

let sum = 0;
for (const i of numbers()) sum += i;
