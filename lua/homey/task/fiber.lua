-- Which coroutine runs, and whether it may wait by yielding.
--
-- Kept true: whoever wakes a task resumes the coroutine at its root; those that homey.try puts inside it on PUC 5.1
-- pass on what they yield, so that a wait far inside looks like one at the root.

local coroutine = require "homey.util.coroutines"
local fiber = {}

local tasks = setmetatable({}, { __mode = "k" }) -- root coroutine -> its task
local outer = setmetatable({}, { __mode = "k" }) -- coroutine of homey.try -> the one it was made in

--- Plain PUC 5.1 cannot yield across pcall, metamethods and iterators.
fiber.plain51 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

--- The coroutine at the root, its task if it has one, and whether homey.try is in between; nothing in the main program.
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

--- The scope of the running task: the script whose code this is. None outside of scripts and of what they start.
---@return homey.Scope?
function fiber.scope()
  local _, task = fiber.current()
  return task and task.scope
end

-- A C function on the stack, pcall for one, is what PUC 5.1 cannot yield across.
local function only_lua_below()
  local level = 2
  local info = debug.getinfo(level, "S")
  while info and info.what ~= "C" do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  return not info
end

--- May the running coroutine yield from here?
---@return boolean
function fiber.can_yield()
  if fiber.plain51 then return only_lua_below() end
  return not coroutine.isyieldable or coroutine.isyieldable()
end

--- A coroutine that runs f. PUC 5.1 makes none of a C function, print for one.
---@param f function
---@return thread
function fiber.create(f)
  if fiber.plain51 and debug.getinfo(f, "S").what == "C" then
    return coroutine.create(function(...) return f(...) end)
  end
  return coroutine.create(f)
end

-- A coroutine costs more to make, and to be rid of, than most handlers to run: those that have ended well wait here for
-- the next function. They are resumed with it and its arguments, and yield `fiber.free` and its results. On PUC 5.1 each
-- takes but one: that Lua keeps a level of the stack for every tail call there ever was.
local spare = {}
local most_spare = fiber.plain51 and 0 or 8

--- What a coroutine of fiber.take yields, in front of the results, when its function has returned.
fiber.free = {}

-- Out of a table, so that a traceback knows the function by its file and line, and not by a name of ours.
local calls = { function(f, ...) return f(...) end }

-- Both end in tail calls: one that waits for its next function holds nothing of the last one, nor of its arguments.
local serve

local function served(...)
  return serve(coroutine.yield(fiber.free, ...))
end

function serve(...)
  return served(calls[1](...))
end

--- A coroutine that is to be resumed with a function and its arguments.
---@return thread
function fiber.take()
  local co = spare[#spare]
  if not co then return coroutine.create(serve) end
  spare[#spare] = nil
  return co
end

--- Its function has returned: it can take another, unless that left a hook of its own, under which no other is to run.
---@param co thread
function fiber.put_back(co)
  if #spare < most_spare and type(debug.gethook(co)) ~= "function" then spare[#spare + 1] = co end
end

--- Make a coroutine the root of a task; nil takes that back.
---@param co thread
---@param task homey.Task?
function fiber.set_task(co, task)
  tasks[co] = task
end

--- Say that `inner` runs inside `co` and passes its yields on; nil takes that back.
---@param inner thread
---@param co thread?
function fiber.set_outer(inner, co)
  outer[inner] = co
end

local function finish(ok, ...)
  if not ok then error((...), 0) end
  return ...
end

--- Call `f` from a metamethod. Where nothing can yield across those, pcall makes its waits block instead.
---@param f function
---@param ... any  its arguments
---@return any ...
function fiber.from_metamethod(f, ...)
  if fiber.plain51 and coroutine.running() then return finish(pcall(f, ...)) end
  return f(...)
end

return fiber
