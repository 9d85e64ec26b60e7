-- Times of cron rules, compared with npm's croner and cron-parser. Skipped with a message where
-- Node or npm is missing; in CI that fails. Longer: make test SPEC=spec/oracle/cron_spec.lua
-- ORACLE=50
-- Runs on one Lua: no Lua has a part in it.
local Location = require "homey.time.location"
local Rule = require "homey.time.rule"
local oracle = require "spec.support.oracle"

local places = {}
local function place_of(zone)
  places[zone] = places[zone] or Location.new { timezone = zone }
  return places[zone]
end

-- Our times until summer time begins or ends: there each program has rules of its own.
local function ours(text, zone, start)
  local ok, rule = pcall(Rule.parse, text)
  if not ok then return "-" end
  local place, list = place_of(zone), {}
  local _, change = place:span(start)
  local at = start
  for i = 1, 4 do
    at = rule:next(at, place)
    if not at or at > change - 172800 then return table.concat(list, " "), true end
    list[i] = ("%d"):format(at)
  end
  return table.concat(list, " ")
end

local function is_like(mine, theirs, is_cut)
  if theirs == "-" then return false end
  return theirs == mine or is_cut and theirs:sub(1, #mine) == mine
end

oracle.compare("cron", "texts", "cron.js", { "croner", "10", "cron-parser@5" }, function(line)
  local text, zone, start, croner, parser = line:match "^([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)$"
  local mine, is_cut = ours(text, zone, tonumber(start))
  if croner == "-" and parser == "-" then return {}, 0 end
  local agrees = is_like(mine, croner, is_cut) or is_like(mine, parser, is_cut)
  return agrees and {} or { line .. ": " .. mine }, 1
end, 1 / 2)
