-- Read and write the items of a list.
local n = tonumber(arg[1])

local items = {}
for i = 1, 100 do
  items[i] = 0
end
for i = 0, n - 1 do
  items[i % 100 + 1] = items[(i + 1) % 100 + 1] + 1
end
