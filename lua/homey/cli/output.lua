-- Standard output of a command: written at once, and an error where that fails, as on a full disk.
-- Where the reader of a pipe has gone the command ends as SIGPIPE would end it, without a word.

local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local raise = require "homey.util.raise"

local screen = lazy "homey.cli.screen"

local closed_pipe = 141 -- exit code: 128 + SIGPIPE, as a shell says it
local epipe = 32        -- errno, on every system

local output = {
  has_pager = true, -- false: what is long is printed, too
  before = nil, ---@type fun()?  called before anything is written: takes a progress sign away
}

--- Raise the error of an output that cannot be written.
---@param why string
---@param errno? integer
function output.fail(why, errno)
  local is_closed = errno == epipe
  raise(new_error("unavailable", ("cannot write the output: %s."):format(why), {
    exit_code = is_closed and closed_pipe or 1, silent = is_closed,
  }))
end

--- Before anything else is written to the terminal.
function output.begin()
  if output.before then output.before() end
end

--- Print a note for a person, on stderr.
---@param text string
function output.note(text)
  output.begin()
  io.stderr:write(text, "\n")
end

local function write(_, text)
  output.begin()
  local ok, why, errno = io.stdout:write(text)
  if ok then ok, why, errno = io.stdout:flush() end
  if not ok then output.fail(why, errno) end
end

--- Print text that may be longer than the screen: on a terminal by the pager.
---@param text string
---@param options? {["no-pager"]: boolean?}
function output.long(text, options)
  output.begin()
  local may_page = output.has_pager and not (options and options["no-pager"])
  if not (may_page and screen.page(text)) then write(output, text) end
end

--- Print text on the standard output: output "text".
return setmetatable(output, { __call = write })
