-- Build a string from pieces, the quick way.
local n = tonumber(arg[1])

local pieces = {}
for i = 0, n - 1 do
  pieces[#pieces + 1] = string.format("%d:%d;", i, i * 2)
end
local text = table.concat(pieces)
