-- Pipeline of writes: every change that a program makes at the hub passes these stages, in this
-- order. Values of devices, actions of flows, variables, reverts, retries and raw requests are all
-- write records.
--
--   resolve          computes the value of "50%", "+10%" and a toggle from the present one
--   validate         refuses a value that the device does not take
--   guard            refuses what homey.guard forbids
--   only_if_changed  skips a value that the device has already; notes the value for revert_after
--   resolve_again    computes a relative value anew, as other writes may have been sent meanwhile
--   rate_limit       delays what handlers send too often
--   dry_run          logs the write instead of sending it
--   journal          notes what is sent, and why
--   send             queues the request
--   await            waits for the answers to all writes of the call
--   echo             passes the outcome to the journal, the cache and the listeners
--
-- All writes of a call pass the first three stages before one of them is sent: an error there stops
-- the call. A later error stops one write only. retry.lua may try it again, and report.lua raises
-- the errors that remain.

local answers = require "homey.task.answers"
local call_site = require "homey.util.call_site"
local capability_rules = require "homey.model.capability"
local find_call = require("homey.core").call_site
local fiber = require "homey.task.fiber"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local relative = require "homey.model.relative_value"
local write = require "homey.write.write"

local known_facts = lazy "homey.model.known"
local answer_status = lazy "homey.util.answer_status"
local backoff = lazy "homey.util.backoff"
local deferred = lazy "homey.write.deferred"
local home_log = lazy "homey.task.home_log"
local raw_request = lazy "homey.write.raw_request"
local report = lazy "homey.write.report"
local retry = lazy "homey.write.retry"
local revert = lazy "homey.write.revert"
local try = lazy "homey.task.try"

local pipeline = {}

local expect, settle_in = answers.expect, answers.settle_in -- a method costs more
local folder = call_site.folder
local explained = 3 -- failures of a call for which the device is read, to explain the error

-- ---- before anything is sent --------------------------------------------------------------------

-- A stage returns nil when the write continues, an error when the write must stop, and `done` when
-- there is nothing to send.
local done = true

local of_device -- the methods of a device: to find one through a device takes a call

--- Tell the pipeline what devices can do.
---@param methods table<string, function>
function pipeline.set_device_methods(methods) of_device = methods end

local function resolve(each)
  if each.relative or type(each.value) == "string" then return relative.begin(each, each.batch) end
end

local function validate(each)
  local device = each.device
  if not device then return nil end
  local err = of_device.objection(device, each.capability, each.value)
  if err then return err end
  local value = each.value
  if value ~= true and value ~= false and type(value) == "number" then
    each.value = of_device.fit(device, each.capability, each.value)
  end
end

local function guard(each)
  local guards = each.home.guards
  if not guards or each.restores then return nil end
  if each.raw then return raw_request.objection(each) end
  if not each.device then return each.objection and each.objection(each) or nil end
  local why = guards:objection(each.device, each.capability, each.value)
  return why and new_error("forbidden", ("%s is not sent: %s"):format(write.describe(each), why))
end

local function wants_value(each)
  local options = each.options
  return options and (options.only_if_changed or options.revert_after)
end

-- Reports whether the device has the value already. The newest write without an answer counts as
-- the device's value.
local function holds(each)
  local known, value = known_facts.all(each.device)[each.capability], relative.on_its_way(each)
  if not known or not known.getable then return false end
  if value == nil then value = known.value end
  return capability_rules.is_same(known, value, each.value)
end

local function only_if_changed(each)
  local options = each.options
  if not options or not wants_value(each) then return nil end
  if not (options.only_if_changed and holds(each)) then
    if options.revert_after then revert.before(each, options.revert_after) end
    return nil
  end
  if options.revert_after then
    revert.renew(each, options.revert_after)
  elseif each.home.reverting then
    revert.overruled(each)
  end
  return done
end

local function resolve_again(each)
  if not each.relative or each.settled then return nil end
  return relative.resolve(each) or guard(each)
end

-- Reports whether a write that the rate limit refuses is sent later: when it reacts to a change
-- that this program did not make, and nothing retries it. A reaction to a change of this program is
-- dropped, since sending it later would continue the loop.
local function is_deferred(each)
  return each.cause.depth == 0 and not (each.restores or each.options and each.options.within)
end

-- Only writes of handlers are limited. A write outside a handler has no cause: it is intended.
local function rate_limit(each)
  local cause, home = each.cause, each.home
  if not cause or each.raw then return nil end
  local resource = each.device or each.resource
  local admitted, why, begins = home.rate_limit:admit(resource and resource.id or each.path,
    home.scheduler.core_loop:now(), cause.handler)
  if admitted then return nil end
  local sentence = ("%s is held back: %s"):format(write.describe(each), why)
  if begins then home_log.of(home)("warning", sentence) end
  if each.device and is_deferred(each) then deferred.keep(each) end
  return new_error("rate_limited", sentence, { logged = true })
end

-- ---- sending ------------------------------------------------------------------------------------

-- Notes that the write is being sent: starts the timer of its revert.
local function note_sent(each)
  if each.revert then revert.arm(each) end
  local device = each.device
  if not device.sending then device.sending = {} end
  device.sending[each.capability] = each
end

local function place_of(each)
  return each.cause and each.cause.handler or call_site.line()
end

local function dry_run(each, home)
  local by = place_of(each)
  home_log.of(home)("info",
    ("dry run, not sent: %s%s"):format(write.describe(each), by and " (" .. by .. ")" or ""))
  if each.device then note_sent(each) end
  each.answer = home.scheduler:promise()
  home.scheduler:resolve(each.answer, each.method == "PUT" and each.body or nil)
  return done
end

local nothing = {}

-- Makes the journal entry of a write that is not a value of a device.
local function new_entry(each, kind)
  local entry, resource = { kind = kind, at = each.home.scheduler.core_loop:time() }, each.resource
  if each.raw then return raw_request.entry(each, entry) end
  entry.name = each.words
  if each.facts and not each.action then
    entry.name, entry.value = tostring(resource), select(2, next(each.facts))
  end
  if resource then entry[getmetatable(resource).kind] = resource.id end
  return entry
end

-- Functions from `journal` on that are always of the library: send_stages, pipeline.run and set_one
-- and the method of the device, or pass, attempt and pipeline.send.
local stages_above = 5

local function journal(each, home)
  if each.device then
    if not each.cause then each.place = find_call(folder, stages_above) end
    each.at = home.scheduler.core_loop:time()
    home.journal:sent(each)
    return
  end
  local entry, cause = new_entry(each, "call"), each.cause or nothing
  entry.handler, entry.cause, entry.because, entry.because_at = place_of(each), cause.entry,
    cause.text, cause.at
  each.entry = home.journal:add(entry)
end

local function send_value(each, home)
  local capability, options = each.capability, each.options
  local id, cache = each.device.id, home.cache
  note_sent(each)
  local request, transaction, message = (home.client or home:open_client()):set_value(
    write.path(id, capability), each.value, options and options.sent, each.once, cache and id,
    capability)
  if not request then raise(new_error(transaction, message)) end
  each.answer = expect(home.scheduler, request)
  if cache then
    each.transaction = transaction
    cache.echo:sent(each)
  end
end

local function send(each, home)
  if home.cache and each.facts then
    each.echo = home.cache.echo:writing(each.resource, each.facts, each.cause, each.entry)
  end
  if home.cache and each.expects then
    home.cache.echo:expect(each.expects, each.cause, each.entry)
  end
  if not each.raw then home:check_path(each.path) end
  each.answer = home:send(each.method, each.path, each.body, each.request)
end

-- ---- the outcome --------------------------------------------------------------------------------

local function await(home, writes)
  local list = {}
  for i = 1, #writes do list[#list + 1] = writes[i].answer or nil end
  home.scheduler:settle(list)
end

local function echo_value(each, err)
  local home, sending = each.home, each.device.sending
  if sending and sending[each.capability] == each then sending[each.capability] = nil end
  if each.entry then
    home.journal:answered(each, home.scheduler.core_loop:time(), err and err.message)
  end
  if err then
    if home.cache then home.cache:failed(each) end
    if each.revert then revert.failed(each, err) end
    return
  end
  if not home.dry_run then of_device.took(each.device, each) end
  if each.revert then
    revert.made(each)
  elseif home.reverting then
    revert.overruled(each)
  end
end

local function echo_facts(each, err)
  local home = each.home
  if each.entry then
    local entry = new_entry(each, "answer")
    entry.error, entry.cause = err and err.message, each.entry
    home.journal:add(entry)
  end
  if err then
    if each.echo and home.cache then home.cache.echo:not_written(each.resource, each.echo) end
  elseif each.echo and home.cache then
    home.cache.echo:wrote(each.resource, each.echo)
  elseif each.facts and not home.dry_run then
    local registry = home.directory:registry(getmetatable(each.resource).kind)
    registry:accept(each.resource, each.facts)
  end
end

local function echo(each)
  if each.device then
    echo_value(each, each.answer.error)
  elseif not each.raw then
    local answer = each.answer
    if each.judge and not answer.error then
      answer.error = each.judge(each.resource, answer.value)
    end
    echo_facts(each, answer.error)
  end
end

-- Makes the error of a failed request more specific. `ask`: the device may be read for this.
local function explain(each, err, ask)
  if each.device then return each.device:explain(each.capability, each.value, err, ask) end
  local resource = each.resource
  if each.explain then return each.explain(resource, err) end
  if not resource then return err end
  if answer_status(err) == 404 then
    return each.home.directory:unknown(getmetatable(resource).kind, resource.id)
  end
  return err
end

-- ---- running ------------------------------------------------------------------------------------

-- The stages, in their order. One that has nothing to do is not called.

-- All writes of a call, before one of them is sent. Most are of true or false, for a device that
-- takes both: there is nothing to compute, and nothing else to check.
local function check_stages(each)
  local value, device, err = each.value, each.device, nil
  local is_flag = (value == true or value == false) and device and not each.relative
  if not (is_flag and of_device.takes_flag(device, each.capability)) then
    err = resolve(each) or validate(each)
  end
  return err or each.home.guards and guard(each)
end

-- All writes that are to be sent, before one of them is sent.
local function prepare_stages(each)
  return each.options and only_if_changed(each) or each.relative and resolve_again(each)
    or each.cause and rate_limit(each)
end

local function send_stages(each)
  local home = each.home
  if home.dry_run then return dry_run(each, home) end
  if home.journal then journal(each, home) end
  if each.device then return send_value(each, home) end
  return send(each, home)
end

local function stop(each, outcome)
  if outcome == done then each.skipped = true else each.error = outcome end
end

-- Passes a write through some stages. A transient error that a stage raises stops only this write:
-- it will be tried again, or replaces one that would be.
local function pass_patiently(each, stages)
  local outcome, err = try(stages, each)
  if err and not backoff.is_transient(err) then raise(err) end
  outcome = outcome or err
  if outcome then return stop(each, outcome) end
end

-- Passes a write through some stages.
local function pass(each, stages)
  local outcome = stages(each)
  if outcome then return stop(each, outcome) end
end

local function pass_or_wait(each, stages)
  local patient = each.retry or each.home.retries
  return (patient and pass_patiently or pass)(each, stages)
end

local function note_cause(each)
  local _, task = fiber.current()
  if task then each.cause = task:get_cause() end
end

local function check(each)
  note_cause(each)
  pass_or_wait(each, check_stages)
  return each.error
end

-- Reads, in parallel, the devices whose current values are needed and are not kept up to date by
-- events.
local function read_values(home, writes)
  local asked, readings, answers = home.scheduler.core_loop:now(), {}, {}
  local errors = {}
  for _, each in ipairs(writes) do
    local device = each.device
    if not each.error and wants_value(each) and not readings[device]
      and not (home.cache and home.cache:knows(device)) then
      readings[device] = device:queue_reading()
      answers[#answers + 1] = readings[device]
    end
  end
  home.scheduler:settle(answers)
  for device, reading in pairs(readings) do errors[device] = device:received(reading, asked) end
  for _, each in ipairs(writes) do
    if not each.error and wants_value(each) then each.error = errors[each.device] end
  end
end

local function any(writes, is_so)
  for i = 1, #writes do
    if is_so(writes[i]) then return true end
  end
  return false
end

local function has_revert(each) return each.revert ~= nil end

local function has_retry(each) return each.retry ~= nil end

-- Notes the outcome of each write, and returns how many failed.
local function gather(writes)
  local failed = 0
  for i = 1, #writes do
    local each = writes[i]
    local err = each.error
    if each.answer then
      echo(each)
      err = each.answer.error and explain(each, each.answer.error, failed < explained)
    end
    each.failure = err
    if err then failed = failed + 1 end
  end
  return failed
end

-- Tries to send checked writes once, and returns how many failed.
local function attempt(home, writes)
  if any(writes, wants_value) then read_values(home, writes) end
  local ready = {}
  for i = 1, #writes do
    local each = writes[i]
    if not each.error then pass_or_wait(each, prepare_stages) end
    if not (each.error or each.skipped) then ready[#ready + 1] = each end
  end
  if any(ready, has_revert) then revert.note(home, ready) end
  for i = 1, #ready do pass(ready[i], send_stages) end
  await(home, ready)
  return gather(writes)
end

local function attempt_again(home, writes)
  for i = 1, #writes do check(writes[i]) end
  attempt(home, writes)
end

--- Send checked writes, all at once, and wait for their outcome.
---@param home homey.Home
---@param writes homey.Write[]  values of devices
---@return {device: homey.Device, error: homey.Error}[]  failures that are not raised
function pipeline.send(home, writes)
  local has_retries = any(writes, has_retry)
  if has_retries or home.retries then retry.begin(home, writes) end
  if attempt(home, writes) == 0 then return {} end
  if has_retries then retry.go_on(home, writes, attempt_again) end
  return report(home, writes)
end

-- Checks a write, and raises its error. The error of a device that is out of reach is raised only
-- when the write is alone: the other devices of the call are set all the same.
local function check_first(each, alone)
  local seconds = each.options and each.options.within
  if seconds then each.retry = retry.new(each.home, seconds) end
  local err = check(each)
  if not err or each.retry and backoff.is_transient(err)
    or not alone and err.kind == "unavailable" then
    return
  end
  -- a write to a device out of reach is valid, so it replaces earlier retries of the capability
  if each.home.retries and err.kind == "unavailable" then retry.begin(each.home, { each }) end
  raise(err)
end

--- Check, send and await values of devices. Inside homey.batch they are only checked; the batch
--- sends them when it ends.
---@param home homey.Home
---@param writes homey.Write[]
---@return {device: homey.Device, error: homey.Error}[]  failures that are not raised
function pipeline.set(home, writes)
  local batch = pipeline.batches and pipeline.batches[fiber.current() or "main"]
  local alone = #writes == 1 and not batch
  for i = 1, #writes do
    if batch then writes[i].batch = batch end
    check_first(writes[i], alone)
  end
  if not batch then return pipeline.send(home, writes) end
  for _, each in ipairs(writes) do
    each.settled = true -- a relative value in a batch was computed from the one before it
    batch[#batch + 1] = each
  end
  return {}
end

--- Check, send and await one write by itself.
---@param each homey.Write
---@return any  the hub's answer
function pipeline.run(each)
  local root, task, is_inside = fiber.current()
  if task then each.cause = task:get_cause() end
  local outcome = check_stages(each)
    or (each.options or each.relative or each.cause) and prepare_stages(each)
    or send_stages(each)
  if outcome and outcome ~= done then raise(outcome) end
  local answer = each.answer
  settle_in(each.home.scheduler, answer, root, task, is_inside)
  if each.device then echo_value(each, answer.error) else echo(each) end
  if answer.error then raise(explain(each, answer.error, true)) end
  return answer.value
end

--- Check, send and await one value of a device.
---@param each homey.Write
function pipeline.set_one(each)
  if each.options or each.home.retries or pipeline.batches then
    pipeline.set(each.home, { each })
  else
    pipeline.run(each)
  end
end

return pipeline
