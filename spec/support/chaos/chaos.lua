--- Support for chaos specs: random numbers that are the same for a seed on every Lua, and a ledger
--- of the changes in a home and of the events that listeners received.
---
---     local ledger = chaos.ledger()
---     ledger:begin("lamp onoff", false)
---     ledger:happened("lamp onoff", true, now)
---     ledger:heard("a handler", "lamp onoff", true, now)
---     assert.same({}, ledger:problems("a handler", lasted))
local format = require "homey.util.format"

local chaos = {}

-- ---- random numbers ----

local Chance = {}
Chance.__index = Chance

--- A generator of random numbers.
---@param seed integer
function chaos.chance(seed)
  return setmetatable({ state = seed * 7919 % 2147483646 + 1 }, Chance)
end

--- A number from 0 to 1, excluding 1.
---@return number
function Chance:fraction()
  self.state = self.state * 16807 % 2147483647
  return (self.state - 1) / 2147483646
end

--- An integer.
---@param from integer
---@param to integer
---@return integer
function Chance:whole(from, to)
  return from + math.floor(self:fraction() * (to - from + 1))
end

--- One of a list.
---@param list any[]
function Chance:one_of(list)
  return list[self:whole(1, #list)]
end

--- One of a list of {weight, ...}, with that probability.
---@param rows table[]
function Chance:weighted(rows)
  local sum = 0
  for _, row in ipairs(rows) do sum = sum + row[1] end
  local at = self:fraction() * sum
  for _, row in ipairs(rows) do
    at = at - row[1]
    if at < 0 then return row end
  end
  return rows[#rows]
end

--- The keys of a table, in the same order in every run.
---@param of table<string, any>
---@return string[]
function chaos.keys(of)
  local keys = {}
  for key in pairs(of) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function other_of(chance, values, old)
  local ids = {}
  for _, each in ipairs(values) do
    if each.id ~= old then ids[#ids + 1] = each.id end
  end
  return chance:one_of(ids)
end

--- A new value for a capability, from its description at the hub. Numbers and texts are never
--- repeated.
---@param chance table
---@param capability table
---@param number integer  counts up from call to call
function chaos.value(chance, capability, number)
  if capability.type == "boolean" then return capability.value ~= true end
  if capability.type == "string" then return "text " .. number end
  if capability.type == "enum" then return other_of(chance, capability.values, capability.value) end
  local min, max = capability.min, capability.max
  if type(min) ~= "number" or type(max) ~= "number" then return number + 0.5 end
  return min + (max - min) * (number % 8191 + 1) / 8193
end

-- ---- the ledger ----

---@class homey.spec.Ledger
---@field pages table<string, {at: number, value: any, perhaps: boolean?}[]>   what happened, by
---       what it happened to
---@field first table<string, any>                            what it was in the beginning
---@field ears table<string, table<string, {at: number, value: any}[]>>  what was heard, by who and
---       of what
---@field later table<string, boolean>  what came later
---@field joined table<string, {at: number, value: any}>  when that was first heard of
local Ledger = {}
Ledger.__index = Ledger

--- A ledger.
---@return homey.spec.Ledger
function chaos.ledger()
  return setmetatable({
    pages = {}, first = {}, ears = {}, joined = {}, later = {}, over = {}, changes = 0, events = 0,
    order = {},
  }, Ledger)
end

--- Record an item with its value.
---@param key string
---@param value any
---@param later? boolean  it was not in the beginning: what lasted is to be heard of from when it
---       was met
function Ledger:begin(key, value, later)
  self.pages[key], self.first[key], self.later[key] = {}, value, later
end

--- Record a new value. An equal value is no change, but can be reported.
---@param key string
---@param value any
---@param at number
---@param perhaps? boolean  nobody can say whether it did
---@return table line
function Ledger:happened(key, value, at, perhaps)
  local page = assert(self.pages[key], key)
  local last = page[#page]
  local now = self.first[key]
  if last then now = last.value end
  page[#page + 1] = { at = at, value = value, perhaps = perhaps or now == value }
  if now ~= value then self.changes = self.changes + 1 end
  return page[#page]
end

--- Record that an item was removed.
---@param key string
---@param at number
function Ledger:ended(key, at)
  self.over[key] = at
end

--- Record that a listener of all items has learnt of one.
---@param key string
---@param value any
---@param at number
---@param ear? string  one of several who do
function Ledger:met(key, value, at, ear)
  self.joined[(ear or "") .. key] = { at = at, value = value }
end

--- Record that a listener received a change.
---@param ear string
---@param key string
---@param value any
---@param at number
function Ledger:heard(ear, key, value, at)
  self.ears[ear] = self.ears[ear] or {}
  self.ears[ear][key] = self.ears[ear][key] or {}
  table.insert(self.ears[ear][key], { at = at, value = value })
  self.events = self.events + 1
  self.order[#self.order + 1] = ("%.3f %s: %s %s"):format(at, ear, key, format(value))
end

-- Matches each received event with a change, the last first, so that no change is matched twice.
local function match(page, heard, complain)
  local told, before = {}, #page + 1
  for i = #heard, 1, -1 do
    local k = before - 1
    while k > 0 and not (page[k].value == heard[i].value
      and page[k].at <= heard[i].at) do k = k - 1 end
    if k == 0 then
      complain("heard of %s at %.3f, which had not happened, or was told already",
        format(heard[i].value), heard[i].at)
    else
      told[k], before = true, k
    end
  end
  return told
end

-- The time at which the value of line k ended, and whether any line until then was received.
local function span(page, told, k)
  local value, is_told = page[k].value, false
  while page[k] and page[k].value == value do
    is_told, k = is_told or told[k], k + 1
  end
  return page[k] and page[k].at, is_told
end

-- A value that lasted must have been received, unless the one received last is the same.
local function check_lasting(self, ear, key, told, lasted, complain)
  local page, joined, known = self.pages[key], self.joined[ear .. key] or self.joined[key],
    self.first[key]
  if self.later[key] and not joined then return end
  if joined then known = joined.value end
  for k, each in ipairs(page) do
    local till, is_told = span(page, told, k)
    till = till or self.over[key] or math.huge
    if is_told then
      known = each.value
    elseif not each.perhaps and known ~= each.value and not (joined and each.at <= joined.at)
      and lasted(each.at, till) then
      complain("did not hear of %s, which it was from %.3f to %.3f", format(each.value), each.at,
        till)
    end
  end
end

--- The differences between the changes and the events of a listener, as sentences.
---@param ear string
---@param lasted fun(from: number, till: number): boolean  is that so long that it must have been
---       heard of?
---@param wanted? fun(key: string): boolean  of which all that lasted was to be heard; everything
---@return string[]
function Ledger:problems(ear, lasted, wanted)
  local problems, ears = {}, self.ears[ear] or {}
  for _, key in ipairs(chaos.keys(self.pages)) do
    local function complain(words, ...)
      problems[#problems + 1] = ("%s, of %s: "):format(ear, key) .. words:format(...)
    end
    local told = match(self.pages[key], ears[key] or {}, complain)
    if not wanted or wanted(key) then check_lasting(self, ear, key, told, lasted, complain) end
  end
  for _, key in ipairs(chaos.keys(ears)) do
    if not self.pages[key] then
      problems[#problems + 1] = ("%s heard of %s, which there is not"):format(ear, key)
    end
  end
  return problems
end

return chaos
