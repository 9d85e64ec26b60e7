-- Repeats a function every half minute while the hub is away, for an hour at most. For a single
-- set, use the option `within`. This is for functions that read first, and for variables and flows.

local homey = require "homey"

local passing = {}
for kind in ("offline timeout network tls hub unavailable rate_limited"):gmatch "[%a_]+" do
  passing[kind] = true
end
local most = 120 -- tries

-- Tells whether an error is temporary, by the same rules as `within`: the hub or the network is
-- away, the hub has trouble of its own, a web page answers in its place, or the disk is full.
local function passes(err)
  if type(err) ~= "table" then return false end
  if err.kind == "protocol" then return err.status ~= nil end
  if err.step == "store" then return true end
  return passing[err.kind] == true and (err.kind ~= "hub" or not err.status or err.status >= 500)
end

--- Call f until it raises no temporary error. Returns its result.
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
