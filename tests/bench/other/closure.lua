-- Call a closure that counts.
local n = tonumber(arg[1])

local function counter()
  local count = 0
  return function(by)
    count = count + by
    return count
  end
end

local step = counter()
for i = 0, n - 1 do
  step(i)
end
