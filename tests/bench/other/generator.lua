-- Items of a coroutine.
local n = tonumber(arg[1])

local sum = 0
local numbers = coroutine.wrap(function()
  for i = 0, n - 1 do
    coroutine.yield(i)
  end
end)
for i in numbers do
  sum = sum + i
end
