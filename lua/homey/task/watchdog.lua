-- Watchdog: stops a task that computes without waiting, so that one script cannot block the others.
--
-- A count hook compares the processor time of a turn with its limit, every few milliseconds.
-- Coroutines that a task makes inherit the hook. Once the limit is passed, every further
-- instruction raises an error, so that no pcall inside can continue. LuaJIT calls no hooks from
-- machine code, so watched functions run in its interpreter (see `tame`). The hook of a debugger or
-- a coverage tool stays in place.

local coroutine = require "homey.util.coroutines"
local core = require "homey.core"
local format = require "homey.util.format"

---@class homey.Watchdog
---@field is_urgent? fun(): boolean  reports whether work is due that must not wait, as a reload
local watchdog = {}

local instructions = 1000000 -- between two calls of the hook: some milliseconds
local jit = rawget(_G, "jit")
local clock, count, status_of = os.clock, core.count, coroutine.status

-- the running turns, outermost first, up to `depth`: {co=, limit=, started=, over=reason}; entries
-- are reused
local turns = {}
local depth = 0

-- Makes the hook run at each instruction. A coroutine inside the resumed one has a hook of its own.
local function stop_turn(turn, why)
  turn.over = why
  count(turn.co, 1)
  local inner = coroutine.running()
  if inner then count(inner, 1) end
end

local urgent_limit = 1.5 -- seconds that a turn may take while something urgent is due

-- The reason to stop a turn; nil while it may continue.
local function reason_to_stop(turn)
  local now = clock()
  turn.started = turn.started or now
  local took = now - turn.started
  if took >= turn.limit then
    return (
      "this ran for %s s without pausing and was stopped. Call homey.sleep in long loops, or raise "
      .. "homey.limits{ compute = ... }."):format(format(turn.limit))
  end
  if took >= urgent_limit and watchdog.is_urgent and watchdog.is_urgent() then
    return (
      "this ran for %s s without pausing while something else was due, and was stopped. Call "
        .. "homey.sleep in long "
      .. "loops."):format(format(urgent_limit))
  end
end

core.on_count(function()
  local turn = depth > 0 and turns[depth]
  local status = turn and turn.co and status_of(turn.co)
  if not status or status == "dead" or status == "suspended" then return end -- the turn has ended
  local why = turn.over or reason_to_stop(turn)
  if not why then return end
  stop_turn(turn, why)
  error(why, 2)
end)

--- End the watched coroutine that calls this: from here on every instruction raises an error.
---@param co thread  the resumed coroutine
---@param why string
---@return boolean  false if it is not watched
function watchdog.halt(co, why)
  local turn = turns[depth]
  if not turn or turn.co ~= co then return false end
  stop_turn(turn, why)
  return true
end

-- A debugger's hook that a coroutine has inherited is never called, so it may be replaced.
local function arm(co)
  return count(co, instructions) or not debug.gethook(co) and count(co, instructions, true)
end

-- A hook belongs to its coroutine and stays for the next turn; LuaJIT has one hook for all
-- coroutines.
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
---@param limit number?  nil: no limit
---@param co thread
---@param ... any
---@return boolean ok
---@return any ...
function watchdog.resume(limit, co, ...)
  if not limit or not arm(co) then return coroutine.resume(co, ...) end
  return leave(enter(co, limit), coroutine.resume(co, ...))
end

local tamed = setmetatable({}, { __mode = "k" })

-- A function of the same file that machine code calls runs as machine code, too.
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

--- Make a function stoppable on LuaJIT, with the functions written inside it, and those of its file
--- that it uses by their local names.
---@param f function
function watchdog.tame(f)
  if not jit then return end
  local info = debug.getinfo(f, "S")
  if info.what ~= "C" then tame(f, info.source) end
end

return watchdog
