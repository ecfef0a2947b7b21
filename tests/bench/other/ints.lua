-- Integers in a loop.
local n = tonumber(arg[1])

local total = 0
for i = 0, n - 1 do
  total = (total * 31 + i) % 1000003
end
