-- Stops a task that computes without ever waiting, so that one script cannot take the others down with it.
--
-- A count hook looks at the processor's clock now and then, for the first time when a turn has gone on for some
-- milliseconds, which few do. Once the limit is passed, every further instruction raises, so that no pcall inside can go
-- on. LuaJIT calls no hooks from machine code: functions that are to be watched run in its interpreter (see `tame`).
-- Where somebody else has set a hook, a debugger or a coverage tool, theirs stays.

local watchdog = {}

local instructions = 1000000 -- between two looks: some milliseconds
local jit = rawget(_G, "jit")
local sethook, gethook, clock, status_of = debug.sethook, debug.gethook, os.clock, coroutine.status

local turns = {} -- who runs now, outermost first, up to `depth`: {co=, limit=, started=, over=}; used again and again
local depth = 0

local function bark()
  local turn = depth > 0 and turns[depth]
  local status = turn and turn.co and status_of(turn.co)
  if not status or status == "dead" or status == "suspended" then return end -- we are on the way out of it
  turn.started = turn.started or clock()
  if clock() - turn.started < turn.limit then return end
  if not turn.over then
    turn.over = true
    if jit then sethook(bark, "", 1) else sethook(turn.co, bark, "", 1) end
  end
  error(("this computed for %g s without waiting, and was stopped."):format(turn.limit), 2)
end

local function arm(turn)
  if jit then
    sethook(bark, "", instructions)
  else
    sethook(turn.co, bark, "", instructions)
  end
end

-- A hook belongs to its coroutine, and stays for the next turn; LuaJIT has one for all of them.
local function leave(mine, ...)
  depth = depth - 1
  if mine.over and not jit then sethook(mine.co) end
  mine.co, mine.started, mine.over = nil, nil, nil
  if jit then sethook() end
  if jit and depth > 0 then arm(turns[depth]) end
  return ...
end

local function enter(co, limit)
  depth = depth + 1
  local turn = turns[depth] or {}
  turns[depth], turn.co, turn.limit = turn, co, limit
  return turn
end

-- PUC 5.1 tells of a new coroutine the hook that one long gone had at the same address: one that is never called.
local function hook_of(co)
  local hook, mask, count = gethook(co)
  return (mask ~= "" or count > 0) and hook or nil
end

--- Resume a coroutine, and stop it when it computes for more than `limit` seconds.
---@param limit number?  nil: for ever
---@param co thread
---@param ... any
---@return boolean ok
---@return any ...
function watchdog.resume(limit, co, ...)
  local hook = hook_of(co)
  if not limit or hook and hook ~= bark then return coroutine.resume(co, ...) end
  local turn = enter(co, limit)
  if hook ~= bark or jit then arm(turn) end
  return leave(turn, coroutine.resume(co, ...))
end

--- Resume a coroutine inside the one that is being watched: it is watched with it.
---@param co thread
---@param ... any
---@return boolean ok
---@return any ...
function watchdog.inside(co, ...)
  if depth == 0 or jit then return coroutine.resume(co, ...) end
  if not hook_of(co) then sethook(co, bark, "", instructions) end
  return coroutine.resume(co, ...)
end

--- Have a function, and those written inside it, called so that it can be stopped.
---@param f function
function watchdog.tame(f)
  if jit and debug.getinfo(f, "S").what ~= "C" then jit.off(f, true) end
end

return watchdog
