-- Custom login store, written in Lua.
--
-- store.load(account) returns the text saved last, or nil. store.save(account, text) saves it, or
-- deletes the account if text is nil. store.lock(account, take) returns true if it took the lock
-- and false if another process holds it; with take = false it releases the lock. It may be left out
-- if only one process uses the store. The account "" is the one that was saved last. Each function
-- runs in a task, so it may wait; it raises to fail. The text contains secrets.

local Task = require "homey.task.task"
local error_text = require "homey.util.error_text"
local try = require "homey.task.try"

---@class homey.Store
---@field load fun(account: string): string?  returns the saved text, or nil where there is none
---@field save fun(account: string, text: string?)  saves the text, which is secret; nil forgets it
---@field lock? fun(account: string, take: boolean): boolean
---   locks the account, or with false releases it; false: another process holds it

local verbs = {}

function verbs.load(store, op)
  local text = store.load(op.account)
  if text ~= nil and type(text) ~= "string" then
    error("store.load answered a " .. type(text) .. ", not text", 0)
  end
  return nil, text
end

function verbs.save(store, op)
  store.save(op.account, op.text)
end

-- A lock that arrives too late is released.
function verbs.lock(store, op, asked)
  if not store.lock then return end
  asked.lock, asked.in_vain = true, false
  local taken = store.lock(op.account, true)
  asked.lock = false
  if taken and asked.in_vain then store.lock(op.account, false) end
  if not taken then return "unavailable", "another holds the login's lock." end
end

function verbs.unlock(store, op, asked)
  if not store.lock then return end
  if asked.lock then asked.in_vain = true else store.lock(op.account, false) end
end

local function sentence(op, err)
  return ("the store could not %s the login: %s"):format(op.verb, error_text(err))
end

local function run(store, op, asked)
  return true, verbs[op.verb](store, op, asked)
end

local function perform(client, store, op, asked)
  local done, kind, text = try(run, store, op, asked)
  asked.lock = asked.lock and op.verb ~= "lock" -- it may have raised
  if op.verb == "unlock" or not client then return end
  if done then return client:store_answer(op.op, kind, text) end
  client:store_answer(op.op, "invalid", sentence(op, kind))
end

local serve = {}

--- Serve the store operations of a client.
---@param scheduler homey.Scheduler
---@param client homey.core.Client
---@param store homey.Store
function serve.start(scheduler, client, store)
  -- a home that nobody holds must be collectable
  local weak = setmetatable({ client = client }, { __mode = "v" })
  -- a lock that is asked for, and whether anybody wants it still
  local asked = { lock = false, in_vain = false }
  scheduler.listeners[client:store_id()] = function(op)
    if op and (weak.client or op.verb == "unlock") then
      Task.start(scheduler, {}, perform, weak.client, store, op, asked)
    end
  end
end

return serve
