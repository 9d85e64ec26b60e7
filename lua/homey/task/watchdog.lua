-- Stops a task that computes without ever waiting, so that one script cannot take the others down with it.
--
-- A count hook looks at the processor's clock now and then, for the first time when a turn has gone on for some
-- milliseconds, which few do. Coroutines that are made inside a task inherit it. Once the limit is passed, every further
-- instruction raises, so that no pcall inside can go on. LuaJIT calls no hooks from machine code: functions that are to be
-- watched run in its interpreter (see `tame`). Where somebody else has set a hook, a debugger or a coverage tool, theirs
-- stays.

local coroutine = require "homey.util.coroutines"
local core = require "homey.core"
local show = require "homey.util.format"

---@class homey.Watchdog
---@field pressing? fun(): boolean  is something waited for that a task which computes should not delay?
local watchdog = {}

local instructions = 1000000 -- between two looks: some milliseconds
local jit = rawget(_G, "jit")
local clock, count, status_of = os.clock, core.count, coroutine.status

local turns = {} -- who runs now, outermost first, up to `depth`: {co=, limit=, started=, over=why}; used again and again
local depth = 0

-- A coroutine inside the one that is resumed has a hook of its own, and so has the one that made it.
local function hold(turn, why)
  turn.over = why
  count(turn.co, 1)
  local inner = coroutine.running()
  if inner then count(inner, 1) end
end

local hurry = 1.5 -- seconds after which a task is stopped where something else is waited for, such as a reload

-- Why a turn is to be stopped; nil while it may go on.
local function computed_enough(turn)
  local now = clock()
  turn.started = turn.started or now
  local took = now - turn.started
  if took >= turn.limit then return ("this computed for %s s without waiting, and was stopped."):format(show(turn.limit)) end
  if took >= hurry and watchdog.pressing and watchdog.pressing() then
    return ("this computed for %s s without waiting while something else was due, and was stopped."):format(show(hurry))
  end
end

core.on_count(function()
  local turn = depth > 0 and turns[depth]
  local status = turn and turn.co and status_of(turn.co)
  if not status or status == "dead" or status == "suspended" then return end -- we are on the way out of it
  local why = turn.over or computed_enough(turn)
  if not why then return end
  hold(turn, why)
  error(why, 2)
end)

--- Called inside a coroutine that is watched, to end it where it is: from here on every instruction raises.
---@param co thread  the one that was resumed
---@param why string
---@return boolean  false, where it is not watched
function watchdog.halt(co, why)
  local turn = turns[depth]
  if not turn or turn.co ~= co then return false end
  hold(turn, why)
  return true
end

-- A debugger's hook that a coroutine has inherited calls nobody: it may go.
local function arm(co)
  return count(co, instructions) or not debug.gethook(co) and count(co, instructions, true)
end

-- A hook belongs to its coroutine, and stays for the next turn; LuaJIT has one for all of them.
local function leave(mine, ...)
  depth = depth - 1
  if jit or mine.over then count(mine.co, 0) end
  mine.co, mine.started, mine.over = nil, nil, nil
  if jit and depth > 0 then arm(turns[depth].co) end
  return ...
end

local function enter(co, limit)
  depth = depth + 1
  local turn = turns[depth] or {}
  turns[depth], turn.co, turn.limit = turn, co, limit
  return turn
end

--- Resume a coroutine, and stop it when it computes for more than `limit` seconds.
---@param limit number?  nil: for ever
---@param co thread
---@param ... any
---@return boolean ok
---@return any ...
function watchdog.resume(limit, co, ...)
  if not limit or not arm(co) then return coroutine.resume(co, ...) end
  return leave(enter(co, limit), coroutine.resume(co, ...))
end

local tamed = setmetatable({}, { __mode = "k" })

-- What machine code calls of the same file is machine code, too.
local function tame(f, source)
  if tamed[f] or debug.getinfo(f, "S").source ~= source then return end
  tamed[f] = true
  jit.off(f, true)
  local index, name, value = 1, debug.getupvalue(f, 1)
  while name do
    if type(value) == "function" then tame(value, source) end
    index = index + 1
    name, value = debug.getupvalue(f, index)
  end
end

--- Have a function called so that it can be stopped, with those written inside it, and those of its file that it uses by
--- their local names.
---@param f function
function watchdog.tame(f)
  if not jit then return end
  local info = debug.getinfo(f, "S")
  if info.what ~= "C" then tame(f, info.source) end
end

return watchdog
