-- Call a function.
local n = tonumber(arg[1])

local function f(x)
  return x
end

for i = 0, n - 1 do
  f(i)
end
