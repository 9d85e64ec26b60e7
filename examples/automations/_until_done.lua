-- Does what must not be lost though the hub is away just then: it is begun anew every half minute,
-- for an hour at most. A single set has the option `within` for that; this is for what reads first,
-- and for variables and flows.

local homey = require "homey"

local passing = {}
for kind in ("offline timeout network tls hub unavailable rate_limited"):gmatch "[%a_]+" do
  passing[kind] = true
end
local most = 120 -- tries

-- The option `within` goes by the same: of what the hub itself answers, only its own troubles pass,
-- and a web page that somebody else shows in its place. A login that cannot be saved waits for room
-- on the disk.
local function passes(err)
  if type(err) ~= "table" then return false end
  if err.kind == "protocol" then return err.status ~= nil end
  if err.step == "store" then return true end
  return passing[err.kind] == true and (err.kind ~= "hub" or not err.status or err.status >= 500)
end

--- Call f until it raises nothing: what it answers.
---@param f fun(): any
---@return any
return function(f)
  for _ = 1, most do
    local value, err = homey.try(f)
    if err == nil then return value end
    if not passes(err) then error(err, 0) end
    homey.log("info", "tried again in half a minute: " .. err)
    homey.sleep "30 s"
  end
  return f()
end
