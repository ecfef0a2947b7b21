-- Floats in a loop.
local n = tonumber(arg[1])

local x = 0.5
for _ = 1, n do
  x = x * (1.0 - x) * 3.7
end
