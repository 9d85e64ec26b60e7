--- A decoder of JSON, measured: decode.lua FILE homey.core|cjson. Reads lines "decode N"; answers
--- each with the CPU microseconds that it took, twice. A decoded list is dropped before the next,
--- as in a program that reads again.
local file, name = ...
local decode = require(name).decode
local input = assert(io.open(file, "rb"))
local text = input:read "*a"
input:close()

for line in io.lines() do
  local n = line:match "^decode (%d+)$"
  collectgarbage()
  local start = os.clock()
  for _ = 1, n do assert(decode(text)) end
  local took = ("%.0f"):format((os.clock() - start) * 1e6)
  print(took, took)
  io.flush()
end
