-- Values on their way to devices: all checked, then all queued, then all awaited. Nothing is sent unless every value is
-- one that its device takes.

local capability_rules = require "homey.model.capability"
local core = require "homey.core"
local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local raise = require "homey.util.raise"
local relative = require "homey.model.relative_value"
local show = require "homey.util.format"
local text = require "homey.util.text"
local try = require "homey.task.try"

local duration = lazy "homey.util.duration"
local flooded = lazy "homey.write.deferred"
local gate = require "homey.write.pipeline"
local backoff = lazy "homey.util.backoff"
local near = lazy "homey.util.suggest"
local report = lazy "homey.write.change_report"
local revert = lazy "homey.write.revert"
local within = lazy "homey.write.retry"
local unpack = table.unpack or unpack -- luacheck: compat

---@class homey.Change
---@field device homey.Device
---@field capability string
---@field value any
---@field options? homey.SetOptions
---@field answer? homey.Answer
---@field error? homey.Error  why it is not sent
---@field failure? homey.Error  what became of it
---@field within? homey.Within  it is tried again for so long
---@field once? boolean       it is never sent twice
---@field skipped? boolean    there is nothing to send
---@field relative? fun(known: homey.Capability, now: any): any  what the value is, by what it is before
---@field given? string       the text that asks for that: "+10%"
---@field group? table         those that were set by one call on a selection: which fails where none of them succeeds
---@field revert? {value: any, seconds: number, from: any, back: homey.Back?}  to what it is set back, and when; what it was
---   just before
---@field restores? boolean   it sets back itself: guards were asked when that was begun
---@field transaction? string by which its echo is known
---@field cause? homey.Cause  why it is made
---@field at? number           when it is sent, seconds since 1970
---@field entry? integer       its number in the journal
---@field place? string       "evening.lua:12", where it is made, as far as the journal wants to know and no cause tells

---@class homey.SetOptions
---@field duration? number|string      how long a lamp takes to get there, such as "2 s"
---@field revert_after? number|string  it is set back after this time, unless somebody else has changed it by then
---@field only_if_changed? boolean     it is not sent where the device has that value already
---@field strict? boolean           of a selection: one device that does not take the value is an error, though others do
---@field within? number|string        for so long it is tried again where the hub or the device is out of reach, unless the
---   capability is set anew

local check_id, is_same = capability_rules.check_id, capability_rules.is_same

local change = {}

local explained = 3 -- failures for which the device is asked what was wrong

local known_options = { "duration", "revert_after", "only_if_changed", "strict", "within" }
local is_known = {}
for _, name in ipairs(known_options) do is_known[name] = true end

local function check_options(options)
  if type(options) ~= "table" then
    invalid("the options of a set are a table such as { duration = \"2 s\" }, not %s.", show(options))
  end
  for key in pairs(options) do
    if not is_known[key] then
      invalid("set has no option %s%s", show(key), near.hint(tostring(key), known_options))
    end
  end
  local checked = {}
  if options.duration then
    checked.sent = { duration = math.floor(duration.seconds(options.duration, "duration") * 1000 + 0.5) }
  end
  for _, name in ipairs { "revert_after", "within" } do
    if options[name] then checked[name] = duration.seconds(options[name], name) end
  end
  for _, name in ipairs { "only_if_changed", "strict" } do
    if options[name] ~= nil and type(options[name]) ~= "boolean" then
      invalid("`%s` is true or false, not %s.", name, show(options[name]))
    end
    checked[name] = options[name]
  end
  return checked
end

local function new(device, capability, value, options)
  return { -- with room for what it will come to know
    device = device, capability = capability, value = value, options = options,
    at = nil, entry = nil, transaction = nil, answer = nil,
  }
end

--- One value for one device.
---@param device homey.Device?
---@param capability string
---@param value any
---@param options? homey.SetOptions
---@return homey.Change
function change.one(device, capability, value, options)
  check_id(capability)
  return new(device, capability, value, options ~= nil and check_options(options) or nil)
end

--- The same change, as it is before it is sent: the journal keeps the one that was.
---@param each homey.Change
---@return homey.Change
function change.again(each)
  local later = new(each.device, each.capability, each.value, each.options)
  later.within, later.revert, later.group = each.within, each.revert, each.group
  -- a step that came to nothing yet: once it has a value, that is what is tried again
  if each.value == nil then later.relative, later.once, later.given = each.relative, each.once, each.given end
  return later
end

--- What the arguments of a set ask for: set("dim", 0.4, options) or set({ onoff = true, dim = 0.4 }, options).
---@param capability string|table<string, any>
---@param value any
---@param options? homey.SetOptions
---@return homey.Change[]  of no device yet, sorted by capability
function change.wanted(capability, value, options)
  if type(capability) ~= "table" then return { change.one(nil, capability, value, options) } end
  local list, opts = {}, value ~= nil and check_options(value) or nil
  for id, each in pairs(capability) do
    check_id(id)
    list[#list + 1] = new(nil, id, each, opts)
  end
  if #list == 0 then invalid("set was given an empty table: name a capability and its value.") end
  table.sort(list, function(a, b) return a.capability < b.capability end)
  return list
end

--- The same for each of some devices.
---@param wanted homey.Change[]
---@param devices homey.Device[]
---@param group? table  to which they belong, where one device that fails is no error
---@return homey.Change[]
function change.for_each(wanted, devices, group)
  local list = {}
  for _, device in ipairs(devices) do
    for _, each in ipairs(wanted) do
      local one = new(device, each.capability, each.value, each.options)
      one.group = not (each.options and each.options.strict) and group or nil
      list[#list + 1] = one
    end
  end
  return list
end

--- A change whose value is another than the one before.
---@param device homey.Device
---@param capability string
---@param value_of fun(known: homey.Capability, now: any): any
---@return homey.Change
function change.relative(device, capability, value_of)
  local each = change.one(device, capability, nil)
  each.relative, each.once = value_of, true -- sent twice it would come to something else
  return each
end

-- ---- checking ------------------------------------------------------------------------------------------------

-- What f answers; of a change that is to be tried again, or takes the place of one, also what it raises, if that may pass.
local function patiently(each, f, more)
  if not (each.within or each.device.home.within) then return f(each, more) end
  local err, raised = try(f, each, more)
  if raised and not backoff.is_transient(raised) then raise(raised) end
  return err or raised
end

local function objection(each)
  return each.device:objection(each.capability, each.value) or gate.objection(each)
end

local function objection_at_first(each, batch)
  return relative.begin(each, batch) or objection(each)
end

-- What is wrong with a change, and the value as it is sent.
local function check(each, batch)
  local err = patiently(each, objection_at_first, batch)
  if not err then each.value = each.device:fit(each.capability, each.value) end
  each.error = err
  return err
end

-- A device that is out of reach must not keep the others from being switched.
local function vet(each, alone, batch)
  local seconds = each.options and each.options.within
  if seconds then each.within = within.new(each.device.home, seconds) end
  local err = check(each, batch)
  local may_pass = err and (each.within and backoff.is_transient(err) or not alone and err.kind == "unavailable")
  if may_pass or not err then return end
  -- it is wanted, if in vain; of one that fails for another reason nobody knows whether it could be made at all
  if each.device.home.within and err.kind == "unavailable" then within.begin(each.device.home, { each }) end
  raise(err)
end

-- Ids as they stand in a path. They are few, and each is asked for often.
local encoded = setmetatable({}, { __index = function(known, id)
  known[id] = text.escape(id)
  return known[id]
end })

--- The path of a device, or of one of its capabilities.
---@param id string
---@param capability? string
---@return string
function change.path(id, capability)
  local path = "/api/manager/devices/device/" .. encoded[id]
  return capability and path .. "/capability/" .. encoded[capability] or path
end

-- Requests that guards have seen already.
local plainly, once = { vetted = true }, { once = true, vetted = true }

-- What the call is named on the socket, for a home that listens there.
local function by_socket(each, body)
  return {
    once = each.once, vetted = true, operation = "setCapabilityValue", manager = "homey:manager:devices",
    args = {
      deviceId = each.device.id, capabilityId = each.capability, value = body.value, opts = body.opts,
      transactionId = body.transactionId,
    },
  }
end

-- Every transaction has a name of its own: a random one would take a system call each time, so that only the first is, and
-- the others are counted from it.
local series, transactions

local function new_transaction()
  if not series then series, transactions = "homey-lua-" .. core.uuid():sub(1, 24), 0 end
  transactions = transactions + 1
  return ("%s%012x"):format(series, transactions)
end

--- Send one value.
---@param each homey.Change
function change.queue(each)
  local home, options = each.device.home, each.options
  each.transaction = new_transaction()
  local body = { value = each.value, opts = options and options.sent, transactionId = each.transaction }
  local request = each.once and once or plainly
  if home.cache and not home.dry_run then
    home.cache:sent(each)
    request = by_socket(each, body)
  end
  gate.sending(each)
  if each.revert then revert.arm(each) end
  relative.note_sending(each)
  each.answer = home:queue("PUT", change.path(each.device.id, each.capability), body, request)
end

-- What is set for good is set back no more.
local function settle_revert(each)
  if each.revert then return revert.made(each) end
  if each.device.home.reverting then revert.overruled(each) end
end

-- What became of a change: nothing when it took effect.
local function failure(each)
  if each.error then return each.error end
  local answer = each.answer
  if not answer then return nil end
  relative.note_answered(each)
  gate.answered(each, answer.error)
  if not answer.error then
    if not each.device.home.dry_run then each.device:took(each, answer.value) end
    settle_revert(each)
    return nil
  end
  if each.device.home.cache then each.device.home.cache:failed(each) end
  if each.revert then revert.failed(each, answer.error) end
  return answer.error
end

local function gather(changes)
  local failed = 0
  for i = 1, #changes do
    local each = changes[i]
    local err = failure(each)
    if err and not each.error then
      err = each.device:explain(each.capability, each.value, err, failed < explained)
    end
    if err then failed = failed + 1 end
    each.failure = err
  end
  return failed
end

-- Wait for what was queued: how many failed.
local function finish(home, changes)
  local answers = {}
  for i = 1, #changes do answers[#answers + 1] = changes[i].answer end
  home.scheduler:settle(answers)
  return gather(changes)
end

local function wants_value(each)
  local options = each.options
  return not each.error and options and (options.only_if_changed or options.revert_after)
end

local function any_wants_value(changes)
  for i = 1, #changes do
    if wants_value(changes[i]) then return true end
  end
  return false
end

-- Devices whose values must be known, and are not kept true by events, are read, all at once.
local function read_first(home, changes)
  local asked, readings, answers = home.scheduler.core_loop:now(), {}, {}
  for _, each in ipairs(changes) do
    local device = each.device
    if wants_value(each) and not readings[device] and not (home.cache and home.cache:knows(device)) then
      readings[device] = device:queue_reading()
      answers[#answers + 1] = readings[device]
    end
  end
  home.scheduler:settle(answers)
  for _, each in ipairs(changes) do
    local reading = wants_value(each) and readings[each.device]
    if reading then each.error = each.device:received(reading, asked) end
  end
end

-- What is on its way counts as the value that holds.
local function is_so(each)
  local known, sending = each.device.capabilities[each.capability], relative.on_its_way(each)
  if not known or not known.getable then return false end
  if sending == nil then sending = known.value end
  return is_same(known, sending, each.value)
end

-- What need not be sent is not; what is to be set back is remembered as it is.
local function prepare(each)
  local options = each.options
  each.skipped = options.only_if_changed and is_so(each) or nil
  if not each.skipped then
    if options.revert_after then revert.before(each, options.revert_after) end
  elseif options.revert_after then
    revert.renew(each, options.revert_after)
  elseif each.device.home.reverting then
    revert.overruled(each)
  end
end

-- What is set for what somebody else did is sent once the flood is over, unless it is tried again anyway. What our own
-- changes set off is not: its echo would begin the flood anew.
local function is_kept(each)
  return each.cause.depth == 0 and not (each.restores or each.options and each.options.within)
end

-- What a person's own loop does is meant.
local function is_held_back(each)
  each.error = each.cause and gate.held_back(each) or nil
  if each.error and is_kept(each) then flooded.keep(each) end
  return each.error ~= nil
end

local function any_reverts(changes)
  for i = 1, #changes do
    if changes[i].revert then return true end
  end
  return false
end

-- One try; what failed is noted in each change.
local function attempt(home, changes)
  if any_wants_value(changes) then
    read_first(home, changes)
    for i = 1, #changes do
      if wants_value(changes[i]) then changes[i].error = patiently(changes[i], prepare) end -- which answers nothing
    end
  end
  local list = {}
  for i = 1, #changes do
    local each = changes[i]
    -- what others have set since it was looked at is on its way now
    if each.relative and not each.error and not each.settled then each.error = relative.resolve(each) or gate.objection(each) end
    if not (each.error or each.skipped or is_held_back(each)) then list[#list + 1] = each end
  end
  if any_reverts(list) then revert.note(home, list) end
  for i = 1, #list do change.queue(list[i]) end
  return finish(home, changes)
end

local function attempt_again(home, changes)
  for i = 1, #changes do check(changes[i]) end
  attempt(home, changes)
end

local function any_within(changes)
  for i = 1, #changes do
    if changes[i].within then return true end
  end
  return false
end

local function send(home, changes)
  local insists = any_within(changes)
  if insists or home.within then within.begin(home, changes) end
  if attempt(home, changes) == 0 then return {} end
  if insists then within.go_on(home, changes, attempt_again) end
  return report(home, changes)
end

--- Check, send and await changes, all at once; inside homey.batch they are only checked, and sent at its end.
---@param home homey.Home
---@param changes homey.Change[]
---@return {device: homey.Device, error: homey.Error}[]  those that failed without being an error
function change.make(home, changes)
  local batch = change.batches and change.batches[fiber.current() or "main"]
  local alone = #changes == 1 and not batch
  for i = 1, #changes do vet(changes[i], alone, batch) end
  if not batch then return send(home, changes) end
  for _, each in ipairs(changes) do
    each.settled = true -- of several steps in a batch each builds on the one before
    batch[#batch + 1] = each
  end
  return {}
end

-- Of several values for one capability the last one counts.
local function last_ones(batch)
  local seen, list = {}, {}
  for i = #batch, 1, -1 do
    local each = batch[i]
    local key = each.device.id .. "\0" .. each.capability
    if not seen[key] then table.insert(list, 1, each) end
    seen[key] = true
  end
  return list
end

local function by_home(changes)
  local homes = {}
  for _, each in ipairs(changes) do
    local home = each.device.home
    homes[home] = homes[home] or {}
    table.insert(homes[home], each)
  end
  return homes
end

local function pack(...)
  return { n = select("#", ...), ... }
end

--- Run f; what it sets is sent when it returns, all at once, and the last value of each capability alone. Where it
--- raises, nothing is sent.
---@param f function
---@param ... any
---@return any ...  what f returns
function change.batch(f, ...)
  if type(f) ~= "function" then invalid("homey.batch takes a function, not %s.", show(f)) end
  local root, batch = fiber.current() or "main", {}
  change.batches = change.batches or setmetatable({}, { __mode = "k" })
  if change.batches[root] then return f(...) end
  change.batches[root] = batch
  local results, err = try(function(...) return pack(f(...)) end, ...)
  change.batches[root] = nil
  if not results then raise(err) end
  for home, changes in pairs(by_home(last_ones(batch))) do send(home, changes) end
  return unpack(results, 1, results.n)
end

return change
