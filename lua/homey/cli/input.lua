-- Standard input of a command, line by line: typed at a terminal, or from a pipe or file. Waiting
-- for it leaves the loop free, so that signals end the command.

local Scheduler = require "homey.task.scheduler"
local interrupted = require "homey.cli.interrupted"
local invalid = require "homey.util.invalid"
local lower = require("homey.util.text").lower
local output = require "homey.cli.output"
local poll = require "homey.net.poll"
local raise = require "homey.util.raise"
local system = require "homey.system"

local input = {}

local longest = 64 * 1024 -- bytes of a line
local look_again = 0.2 -- seconds after a signal, which ends the command unless it is another's
-- what was read and belongs to later lines; a process has one standard input
local pending, ended = "", false

local function take_line()
  local line, rest = pending:match "^([^\n]*)\n(.*)$"
  if not line and ended and pending ~= "" then line, rest = pending, "" end
  if not line then return nil end
  pending = rest
  return (line:gsub("\r$", ""))
end

--- The next line. Waits for it in a task.
---@return string? line  nil at the end
function input.line()
  local scheduler = Scheduler.shared()
  while true do
    local line = take_line()
    if line or ended then return line end
    if #pending > longest then invalid("a line of the standard input is too long.") end
    poll(scheduler, 0, "r")
    local piece = scheduler.core_loop:read(0)
    if piece then pending = pending .. piece end
    ended = piece == "" or piece == nil
  end
end

local function hidden_line(prompt)
  while true do
    local line, why = system.secret(prompt)
    io.stderr:write "\n"
    if why == "interrupted" then raise(interrupted()) end
    if why ~= "signal" then return line end
    Scheduler.shared():sleep(look_again)
  end
end

--- Ask for a line: at a terminal with a prompt.
---@param what string       "E-mail address"
---@param secret? boolean  it is not shown at a terminal
---@return string line  never empty
function input.ask(what, secret)
  local line
  output.begin()
  if secret and pending == "" and system.isatty(0) then
    line = hidden_line(what .. ": ")
  else
    if system.isatty(0) then io.stderr:write(what, ": ") end
    line = input.line()
  end
  if not line or line == "" then invalid("no %s was given.", lower(what)) end
  return line
end

return input
