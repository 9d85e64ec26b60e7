-- What stands between a script that wants a change and the hub: guards that forbid it, the flood that is held back, the
-- dry run that sends nothing; and the books that are kept of it.

local caller = require "homey.util.call_site"
local core = require "homey.core"
local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local request_path = require "homey.write.request_path"
local show = require "homey.util.format"
local text = require "homey.util.text"
local try = require "homey.task.try"

local home_log = lazy "homey.task.home_log"

local gate = {}

local longest = 200 -- bytes of a body that the log shows
local deepest = 8   -- tables in each other in which ids are looked for

local function words(each)
  return ("%s: %s = %s"):format(tostring(each.device), each.capability, show(each.value))
end

local function cause_now()
  local _, task = fiber.current()
  return task and task.cause
end

local function forbidden(each, why)
  return new_error("forbidden", ("%s is not sent: %s"):format(words(each), why))
end

--- Why a change must not be made; nothing where it may.
---@param each homey.Change
---@return homey.Error?
function gate.objection(each)
  local home = each.device.home
  each.cause = cause_now()
  local why = home.guards and not each.restores and home.guards:objection(each.device, each.capability, each.value)
  return why and forbidden(each, why) or nil
end

local function hold_back(home, id, what, cause)
  local admitted, why, begins = home.rate_limit:admit(id, home.scheduler.core_loop:now(), cause.handler)
  if admitted then return nil end
  local sentence = ("%s is held back: %s"):format(type(what) == "table" and words(what) or what, why)
  if begins then home_log.of(home)("warning", sentence) end
  return new_error("rate_limited", sentence, { told = true })
end

--- Why a change is not sent now, however well it may be meant: its device is flooded. The log is told once.
---@param each homey.Change
---@return homey.Error?
function gate.held_back(each)
  return hold_back(each.device.home, each.device.id, each, cause_now())
end

--- Something is to be done to what is no device: raises where that is a flood.
---@param home homey.Home
---@param id string
---@param what string  "Guests = 3"
---@return homey.Cause?  for which it is done
function gate.admit(home, id, what)
  local cause = cause_now()
  local err = cause and hold_back(home, id, what, cause)
  if err then raise(err) end
  return cause
end

local nothing = {}

local function place_now(cause)
  return cause and cause.handler or caller()
end

local function add_call(home, cause, place, name, device, capability, value)
  local why = cause or nothing
  return home.journal:add {
    kind = "call", at = home.scheduler.core_loop:time(), device = device, name = name, capability = capability, value = value,
    handler = place, cause = why.entry, because = why.text, because_at = why.at,
  }
end

--- A change is being sent.
---@param each homey.Change
function gate.sending(each)
  local home = each.device.home
  local journal = not home.dry_run and home.journal
  if not journal then return end
  if not each.cause then each.place = caller() end
  each.at = home.scheduler.core_loop:time()
  journal:sent(each)
end

--- It was answered.
---@param each homey.Change
---@param err? homey.Error
function gate.answered(each, err)
  if not each.entry then return end
  local home = each.device.home
  home.journal:answered(each, home.scheduler.core_loop:time(), err and err.message)
end

-- ---- what passes without being a change of a device, as far as anybody knows ----

-- The devices, capabilities and values that a request may set.
local function changes_in(home, method, path, body)
  local list = {}
  if method ~= "PUT" then return list end
  for i, each in ipairs(request_path.capabilities(path)) do
    local id = text.is_id(each.id) and text.lower(each.id) or each.id
    list[i] = { device = home.directory:by_id("device", id), capability = each.capability }
    if type(body) == "table" then list[i].value = body.value end
  end
  return list
end

-- The ids that a text, or what is in a table, names.
local function note_ids(value, ids, depth)
  if type(value) == "string" then
    for word in value:gmatch "[%x%-]+" do
      if text.is_id(word) then ids[text.lower(word)] = true end
    end
  elseif type(value) == "table" and depth < deepest then
    for _, each in pairs(value) do note_ids(each, ids, depth + 1) end
  end
end

-- The device of an id; nothing where the hub has none of it.
local function device_of(home, id)
  local device = home.directory:by_id("device", id)
  if device.record then return device end
  local _, err = try(device.refresh, device)
  if err and err.kind ~= "not_found" then raise(err) end
  return not err and device or nil
end

-- What a card of a device, or one that is told of a device, sets is known to its app alone.
local function check_card(home, path, body)
  local card = home.guards and request_path.flow_card(path)
  if not card then return end
  local ids = {}
  note_ids(card, ids, 0)
  if type(body) == "table" then note_ids(body.args, ids, 0) end
  for id in pairs(ids) do
    local device = device_of(home, id)
    local why = device and home.guards:objection(device)
    if why then raise(device:error("forbidden", "its flow card is not run: " .. why)) end
  end
end

local secret = { "pass", "secret", "token", "pin", "code", "key" }

local function hidden(value)
  if type(value) ~= "table" then return value end
  local copy = setmetatable({}, getmetatable(value))
  for name, each in pairs(value) do
    copy[name] = hidden(each)
    for _, word in ipairs(secret) do
      if type(each) ~= "table" and type(name) == "string" and text.lower(name):find(word, 1, true) then copy[name] = "..." end
    end
  end
  return copy
end

local function in_words(method, path, body)
  local sent = type(body) == "table" and next(body) ~= nil and core.encode(hidden(body)) or ""
  if #sent > longest then sent = sent:sub(1, longest) .. "..." end
  return ("%s %s %s"):format(method, (path:gsub("%?.*", "")), sent):gsub("%s+$", "")
end

local function withhold(home, method, path, body, what)
  local by = place_now(cause_now())
  home_log.of(home)("info", ("dry run, not sent: %s%s"):format(what, by and " (" .. by .. ")" or ""))
  local answer = home.scheduler:promise()
  home.scheduler:resolve(answer, method == "PUT" and body or nil)
  return answer
end

-- A guard would judge another device, capability or value than the hub.
local function refuse_arguments(path)
  local name = request_path.argument_in_query(path)
  if not name then return end
  invalid("a request that sets a capability has no %s in its query where there are guards: %s is not sent.", show(name), show(path))
end

-- A request that did not come as a change: by homey.put, or an operation of the hub by its name.
local function check(home, method, path, changes, body)
  if method == "POST" then check_card(home, path, body) end
  if home.guards and changes[1] then refuse_arguments(path) end
  for _, each in ipairs(changes) do
    local why = home.guards and home.guards:objection(each.device, each.capability, each.value)
    if why then raise(forbidden(each, why)) end
  end
  if home.dry_run or not home.journal then return end
  local cause, each = cause_now(), changes[1] or nothing
  local name = each.device and tostring(each.device) or method .. " " .. path:gsub("%?.*", "")
  add_call(home, cause, place_now(cause), name, each.device and each.device.id, each.capability, each.value)
end

--- A request that may change something is about to be sent: raises where it must not be; what it is answered at once where
--- nothing is to be sent.
---@param home homey.Home
---@param method string
---@param path string
---@param body any
---@param options? {vetted: boolean?, words: string?}
---@return homey.Answer?
function gate.pass(home, method, path, body, options)
  local vetted = options ~= nil and options.vetted
  if vetted and not home.dry_run then return nil end
  local changes = changes_in(home, method, path, body)
  if not vetted then check(home, method, path, changes, body) end
  if not home.dry_run then return nil end
  local what = options and options.words or changes[1] and words(changes[1]) or in_words(method, path, body)
  return withhold(home, method, path, body, what)
end

return gate
