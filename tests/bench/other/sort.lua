-- Sort by a key.
local n = tonumber(arg[1])

local items = {}
for i = 0, n - 1 do
  items[i + 1] = (i * 7919) % 10007
end
table.sort(items, function(a, b)
  return a > b
end)
