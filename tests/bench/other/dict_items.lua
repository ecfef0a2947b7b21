-- Count words in a table.
local n = tonumber(arg[1])

local words = { "alpha", "beta", "gamma", "delta" }
local counts = {}
for i = 0, n - 1 do
  local word = words[i % 4 + 1]
  counts[word] = (counts[word] or 0) + 1
end
