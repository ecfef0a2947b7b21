-- A call of a function that calls itself.
local n = tonumber(arg[1])

local function depth(k)
  if k < 2 then
    return k
  end
  return depth(k - 1) + 1
end

for _ = 1, n // 100 do
  depth(100)
end
