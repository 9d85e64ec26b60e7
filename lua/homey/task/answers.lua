-- Answers: promises for the results of requests, timers and other tasks, and functions that wait
-- for them. These are methods of the scheduler; scheduler.lua has the others and runs the event
-- loop.
--
-- Invariant: an id of the core loop stays in `waiting` until its answer has come or is abandoned.
-- So an answer is not lost when a caller starts to wait for it later.

local fiber = require "homey.task.fiber"
local raise = require "homey.util.raise"

---@class homey.Answer  a promise
---@field id any
---@field done boolean
---@field value any
---@field hub_ms? number  of the usual answer to a set: its time by the clock of the hub
---@field error homey.Error?
---@field sleeper? homey.Sleeper  the sleeper that waits for it
---@field of? homey.Write        of an answer in the journal: the change, the number of the outcome,
---@field n? integer             its time, and why the hub refused it
---@field at? number
---@field problem? string

---@class homey.Sleeper  a way to sleep
---@field wake fun(self)   called in a step when the sleeper must check its answer again
---@field sleep fun(self): homey.Error?  returns after a wake, or earlier with the reason to give up
---@field drop? fun()|homey.Answer  abandons what it waits for; or the answer to abandon

---@class homey.Scheduler
local answers = {}

--- Settle an answer, and wake its sleeper.
---@param answer homey.Answer
---@param value any
---@param err? homey.Error
---@param hub_ms? number  of the usual answer to a set
function answers.fulfil(answer, value, err, hub_ms)
  answer.value, answer.error, answer.done, answer.hub_ms = value, err, true, hub_ms
  local sleeper = answer.sleeper
  if sleeper then sleeper:wake() end
end

--- Make the answer for an id of the core loop.
---@param id integer
---@return homey.Answer
function answers:expect(id)
  local answer = { -- with all fields, also of an outcome in the journal: the table never grows
    id = id, done = false, value = false, hub_ms = false, of = false, at = false, n = false,
    sleeper = nil,
  }
  self.waiting[id] = answer
  return answer
end

--- Make an answer that Lua code settles with `resolve`.
---@return homey.Answer
function answers:promise()
  local answer = { done = false }
  answer.id = answer
  self.waiting[answer] = true
  return answer
end

--- Settle a promise. Only the first call counts.
---@param answer homey.Answer
---@param value any
---@param err? homey.Error
function answers:resolve(answer, value, err)
  if answer.done or not self.waiting[answer] then return end
  self.waiting[answer] = nil
  answers.fulfil(answer, value, err)
end

--- Cancel the request or timer of an answer for which nobody waits.
---@param answer homey.Answer
function answers:abandon(answer)
  if answer.done then return end
  self.waiting[answer.id] = nil
  if answer.id ~= answer then self.core_loop:cancel(answer.id) end
end

--- Abandon the answer that a sleeper waits for.
---@param sleeper homey.Sleeper
function answers:drop(sleeper)
  local drop = sleeper.drop
  sleeper.drop = nil
  if type(drop) == "function" then drop() elseif drop then self:abandon(drop) end
end

-- Waits for an answer. Raises the reason when the wait is given up. `drop` is kept in the sleeper,
-- since a task that ignores its cancellation is never resumed, and so never returns here.
local function sleep_until_done(self, answer, sleeper, drop)
  local reason
  answer.sleeper, sleeper.drop = sleeper, drop
  while not (answer.done or reason) do reason = sleeper:sleep() end
  if not reason then
    sleeper.drop = nil
    return
  end
  self:drop(sleeper)
  raise(reason)
end

--- Wait until all answers have come. Errors are not raised.
---@param list homey.Answer[]
function answers:settle(list)
  local sleeper
  local function drop()
    for _, each in ipairs(list) do self:abandon(each) end
  end
  for i = 1, #list do
    local answer = list[i]
    if not answer.done then
      sleeper = sleeper or self:sleeper()
      sleep_until_done(self, answer, sleeper, drop)
    end
  end
end

--- Wait until one answer has come. Its error is not raised.
---@param answer homey.Answer
function answers:settle_one(answer)
  if not answer.done then self:settle_in(answer, fiber.current()) end
end

--- The same, by a caller that knows what runs: see fiber.current. The main program runs the loop
--- itself: nothing can wake it, and nothing makes it give up.
---@param answer homey.Answer
---@param root? thread
---@param task? homey.Task
---@param is_inside? boolean
function answers:settle_in(answer, root, task, is_inside)
  if not root then
    self.active = true
    while not answer.done do self:turn() end
  elseif not answer.done then
    sleep_until_done(self, answer, self:sleeper_in(root, task, is_inside), answer)
  end
end

--- Wait until one answer has come or the wait is given up; `clean` is called in both cases.
---@param answer homey.Answer
---@param clean fun()
function answers:settle_then(answer, clean)
  if not answer.done then
    sleep_until_done(self, answer, self:sleeper(), function()
      clean()
      self:abandon(answer)
    end)
  end
  clean()
end

--- Wait for an answer, and return its value or raise its error.
---@param answer homey.Answer
---@return any value
function answers:collect(answer)
  self:settle_one(answer)
  if answer.error then raise(answer.error) end
  return answer.value
end

--- Wait for the answer to an id, and return its value or raise its error.
---@param id integer
---@return any value
function answers:await(id)
  return self:collect(self:expect(id))
end

return answers
