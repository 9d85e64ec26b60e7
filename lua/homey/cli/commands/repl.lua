-- homey repl: Lua with the home at hand. At a terminal with an editor; from a pipe line by line.

local Editor = require "homey.cli.repl.editor"
local Scheduler = require "homey.task.scheduler"
local Task = require "homey.task.task"
local arguments = require "homey.cli.arguments"
local completer = require "homey.cli.repl.completer"
local error_text = require "homey.util.error_text"
local evaluator = require "homey.cli.repl.evaluator"
local home_options = require "homey.cli.home_options"
local homey = require "homey"
local input = require "homey.cli.input"
local output = require "homey.cli.output"
local poll = require "homey.net.poll"
local system = require "homey.system"
local text = require "homey.util.text"
local try = require "homey.task.try"

local command = {
  name = "repl", takes = "", text = "Lua with the home at hand: try calls, one line at a time.",
  more = "`homey` is the module and `home` the home. An expression prints its value. The tab key "
    .. "completes\nnames of devices, capabilities and members; Ctrl-C cancels a call, Ctrl-D ends. "
    .. "From a pipe it\nruns line by line, and ends at the first error.",
}
home_options.add(command)

local codes = { HUP = 129, TERM = 143 }

---@class homey.cli.Repl
---@field home homey.Home
---@field env table
---@field editor homey.cli.Editor|false  false: the input is no terminal
---@field running homey.Task|false       the call that runs
---@field failure any                    of a line of a pipe

-- ---- reading ------------------------------------------------------------------------------------

-- A function that returns the next key, as soon as there is one.
local function keyboard(scheduler)
  local pending = ""
  return function()
    while pending == "" do
      poll(scheduler, 0, "r")
      local piece = scheduler.core_loop:read(0)
      if piece == "" or piece == nil then return nil end
      pending = piece
    end
    local key = pending:sub(1, 1)
    pending = pending:sub(2)
    return key
  end
end

local function next_line(self, prompt)
  if not self.editor then return input.line() end
  system.keys(true)
  local line, interrupted = self.editor:edit(prompt)
  system.keys(false)
  return line, interrupted
end

-- What was typed up to where it is complete: nil at the end, "" after Ctrl-C.
local function read_chunk(self)
  local code, interrupted = next_line(self, "> ")
  if not code then return interrupted and "" or nil end
  while true do
    local _, problem, is_incomplete = evaluator.compile(code, self.env)
    if not problem or not is_incomplete then return code end
    local more, stopped = next_line(self, ">> ")
    if not more then return stopped and "" or code end
    code = code .. "\n" .. more
  end
end

-- ---- running ------------------------------------------------------------------------------------

local function report(self, err)
  if not self.editor then
    self.failure = err
    return
  end
  io.stderr:write(text.visible(error_text(err), true), "\n")
end

local function pack(...)
  return { n = select("#", ...), ... }
end

-- A task of its own, so that Ctrl-C cancels it alone.
local function call(self, f)
  local scheduler = self.home.scheduler
  local cause = { handler = "`homey repl`", depth = 0 }
  self.running = Task.start(scheduler, { cause = cause }, function() return pack(f()) end)
  local values, err = try(self.running.wait, self.running)
  self.running = false
  if err then return report(self, err) end
  if type(values) ~= "table" or values.n == 0 then return end
  local shown = evaluator.describe(evaluator.unpack(values, 1, values.n))
  if shown ~= "" then output(shown .. "\n") end
end

local function evaluate(self, code)
  if not code:find "%S" then return end
  local f, problem = evaluator.compile(code, self.env)
  if not f then return report(self, problem) end
  call(self, f)
end

-- ---- the session --------------------------------------------------------------------------------

local function open(options)
  local limit = home_options.limit(command, options)
  local home = homey.login(home_options.of(options, limit))
  local env = setmetatable({ homey = homey, home = home }, { __index = _G })
  local self = { home = home, env = env, editor = false, running = false }
  if system.isatty(0) and system.isatty(1) then
    self.editor = Editor.new {
      read = keyboard(home.scheduler),
      write = function(s)
        io.stdout:write(s)
        io.stdout:flush()
      end,
      complete = function(line) return completer.complete(line, env, home) end,
    }
    io.stderr:write(("%s. `home` is %s; Ctrl-D ends.\n"):format(homey._VERSION,
      text.visible(tostring(home.name or home.id))))
  end
  return self
end

local function session(box, options)
  local self = open(options)
  box.repl = self
  while not self.failure do
    local code = read_chunk(self)
    if not code then break end
    evaluate(self, code)
  end
  if self.failure then error(self.failure, 0) end
end

-- Runs the session until it ends or a signal comes. Ctrl-C cancels the call that runs.
local function run(options)
  local signals = system.signals { "INT", "TERM", "HUP" }
  local scheduler, box = Scheduler.shared(), {}
  scheduler.limits.compute = nil
  local task = Task.start(scheduler, { watched = true }, session, box, options)
  local code
  while not task:finished() and not code do
    system.poll({ scheduler.core_loop:fd(), signals and signals:fd() },
      scheduler.core_loop:timeout())
    scheduler:step()
    local name = signals and signals:next()
    local running = box.repl and box.repl.running
    if name == "INT" and running then running:cancel() end
    code = name and (codes[name] or not running and 130) or nil
  end
  system.keys(false)
  if signals then signals:close() end
  if code then return code end
  if task.status == "failed" then error(task:failure(), 0) end
  return 0
end

local repl = { commands = { repl = command } }

--- homey repl.
---@param list string[]
---@return integer code
function repl.main(list)
  local options, code = arguments.read(command, list)
  if not options then return code --[[@as integer]] end
  return run(options)
end

return repl
