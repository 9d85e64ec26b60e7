-- Lifecycle hooks: functions that run when a home is closed, when an object is collected, and when
-- the program ends.
--
-- Invariant: no function of Lua is replaced, and nothing is registered to run at exit. A program
-- that calls os.exit collects nothing, so these hooks do not run there; it should call homey.close
-- first.

local lazy = require "homey.util.lazy"

local log = lazy "homey.util.log"

local lifecycle = {}

local newproxy = rawget(_G, "newproxy") -- Lua 5.1 and LuaJIT know no __gc of tables

--- Call f when the object that this returns is collected, at the latest when the Lua state is
--- closed. Errors of f are ignored.
---@param f fun()
---@return any guard  keep a reference to it until f may be called
function lifecycle.on_collect(f)
  local function finalize() pcall(f) end
  if not newproxy then return setmetatable({}, { __gc = finalize }) end
  local proxy = newproxy(true)
  getmetatable(proxy).__gc = finalize
  return proxy
end

--- Call f when a home is closed.
---@param home homey.Home
---@param f fun()
---@return fun() forget  after this, f is not called
function lifecycle.on_close(home, f)
  local handle = {}
  local function forget() home.handles[handle] = nil end
  function handle.cancel()
    if not home.handles[handle] then return end -- another handle's cancel has called forget
    forget()
    f()
  end
  home.handles[handle] = true
  return forget
end

--- Warn at the end of a program whose triggers and timers were never called because it does not
--- call homey.run().
---@param scheduler homey.Scheduler  one that lives as long as the program
function lifecycle.warn_if_never_run(scheduler)
  scheduler.end_warning = scheduler.end_warning or lifecycle.on_collect(function()
    if scheduler.active_handles == 0 or scheduler.was_driven then return end
    log("warning",
      ("the program ended before its triggers and timers (%d) could be called. Call homey.run() "
        .. "as its last "
      .. "line."):format(scheduler.active_handles))
  end)
end

return lifecycle
