-- Yield to a loop written by hand and come back.
local n = tonumber(arg[1])

local main = coroutine.create(function()
  for _ = 1, n do
    coroutine.yield()
  end
end)
local ready = { main }
while #ready > 0 do
  local task = table.remove(ready)
  coroutine.resume(task)
  if coroutine.status(task) ~= "dead" then
    ready[#ready + 1] = task
  end
end
