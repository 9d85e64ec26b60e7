-- Fibers: the coroutines of tasks. Finds the running coroutine and its task, and reports whether it
-- can yield.
--
-- Invariant: to wake a task, its root coroutine is resumed. On PUC 5.1 homey.try runs functions in
-- coroutines inside the root; these pass on what is yielded in them, so that a wait inside them
-- looks like a wait in the root.

local coroutine = require "homey.util.coroutines"
local fiber = {}

-- root coroutine -> its task. Values are weak, too, since a task refers to its coroutine: LuaJIT
-- would keep both.
local tasks = setmetatable({}, { __mode = "kv" })
-- coroutine of fiber.pcall -> the coroutine that made it
local outer = setmetatable({}, { __mode = "k" })

--- Plain PUC 5.1 cannot yield across pcall, metamethods and iterators.
fiber.plain51 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

--- The root coroutine, its task if it has one, and whether the caller runs in a fiber.pcall; nil in
--- the main program.
---@return thread? root
---@return homey.Task? task
---@return boolean? inside
function fiber.current()
  local co, main = coroutine.running()
  if not co or main then return nil end
  local root = co
  while outer[root] do root = outer[root] end
  return root, tasks[root], root ~= co
end

--- The scope of the running task: the script that this code belongs to. nil outside of scripts.
---@return homey.Scope?
function fiber.scope()
  local _, task = fiber.current()
  return task and task.scope
end

--- Make a coroutine the root of a task; nil removes it.
---@param co thread
---@param task homey.Task?
function fiber.set_task(co, task)
  tasks[co] = task
end

-- ---- yielding -----------------------------------------------------------------------------------

-- Reports whether the stack has only Lua functions, none of them the iterator of a `for`: PUC 5.1
-- cannot yield across a C function, and calls an iterator as if from one.
local function only_lua_below()
  local level = 2
  local info = debug.getinfo(level, "Sn")
  while info and info.what ~= "C" and info.name ~= "(for generator)" do
    level = level + 1
    info = debug.getinfo(level, "Sn")
  end
  return not info
end

-- PUC 5.2 can yield across these C functions only, and has no function that tells.
local yieldable = { [pcall] = true, [xpcall] = true, [dofile] = true }

local function only_yieldable_below()
  local level = 2
  local info = debug.getinfo(level, "Sf")
  while info and (info.what ~= "C" or yieldable[info.func]) do
    level = level + 1
    info = debug.getinfo(level, "Sf")
  end
  return not info
end

--- Reports whether the running coroutine can yield here.
---@type fun(): boolean
fiber.can_yield = fiber.plain51 and only_lua_below or coroutine.isyieldable or only_yieldable_below

-- Makes a coroutine. PUC 5.1 accepts no C function such as print, and nothing accepts a table that
-- can be called, so a Lua function calls these.
local function create(f)
  if type(f) ~= "function" or debug.getinfo(f, "S").what == "C" then
    return coroutine.create(function(...) return f(...) end)
  end
  return coroutine.create(f)
end

local function pass_on(co, ok, ...)
  if coroutine.status(co) == "suspended" then
    return pass_on(co, coroutine.resume(co, coroutine.yield(...)))
  end
  outer[co] = nil
  return ok, ...
end

--- As pcall, but f may yield on every Lua. On PUC 5.1 f runs in a coroutine of its own, and what it
--- yields is passed on.
---@param f function  or a table that can be called
---@param ... any  its arguments
---@return boolean ok
---@return any ...
function fiber.pcall(f, ...)
  local running = coroutine.running()
  if fiber.plain51 and running and fiber.can_yield() then
    local co = create(f)
    outer[co] = running
    return pass_on(co, coroutine.resume(co, ...))
  end
  return pcall(f, ...)
end

local function finish(ok, ...)
  if not ok then error((...), 0) end
  return ...
end

--- Call f from a metamethod. On a Lua that cannot yield across metamethods, a pcall around f makes
--- its waits block.
---@param f function
---@param ... any  its arguments
---@return any ...
function fiber.from_metamethod(f, ...)
  if fiber.plain51 and coroutine.running() then return finish(pcall(f, ...)) end
  return f(...)
end

-- ---- the pool -----------------------------------------------------------------------------------

-- Making and collecting a coroutine costs more than most handlers do, so a coroutine whose function
-- has returned takes the next function; see core.resume.
local spare, most_spare = {}, 8

local function nothing() end

--- Take a coroutine from the pool, or make one. watchdog.resume calls a function in it.
---@return thread
function fiber.take()
  local co = spare[#spare]
  if not co then return coroutine.create(nothing) end
  spare[#spare] = nil
  return co
end

--- Put a coroutine back into the pool when its function has returned and has left no hook.
---@param co thread
function fiber.put_back(co)
  if #spare < most_spare then spare[#spare + 1] = co end
end

return fiber
