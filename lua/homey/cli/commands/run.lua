-- homey run FILE|FOLDER...: automations, for as long as the machine is on.

local Logger = require "homey.cli.runner.logger"
local Runner = require "homey.cli.runner.runner"
local arguments = require "homey.cli.arguments"
local invalid = require "homey.util.invalid"
local log = require "homey.util.log"
local login = require "homey.login.login"

local command = {
  name = "run", takes = "FILE|FOLDER...", least = 1, most = math.huge,
  text = "Run automations: files, and all *.lua in folders but those that begin with '_' or end in _spec or _test.",
  more = "A file that changes is reloaded, one that is deleted ends, one that is added starts. Ctrl-C and SIGTERM end\n" ..
    "it, SIGHUP reloads all.",
  options = {
    { name = "json", type = "boolean", doc = "log one JSON object a line" },
    { name = "quiet", short = "q", type = "boolean", doc = "log warnings and errors only" },
    { name = "verbose", short = "v", type = "boolean", doc = "log more" },
    { name = "dry-run", type = "boolean", doc = "change nothing: log what would be sent" },
  },
}

local function logger_of(options, scheduler)
  return Logger.new {
    json = options.json, time = function() return scheduler.core_loop:time() end,
    least = options.quiet and "warning" or options.verbose and "debug" or "info",
  }
end

local run = {}

--- homey run.
---@param list string[]
---@return integer code
function run.main(list)
  local options, paths = arguments.read(command, list)
  if not options then return paths --[[@as integer]] end
  local given = { dry_run = options["dry-run"] }
  local home = login.open(given)
  local logger = logger_of(options, home.scheduler)
  local function say(level, text, file) logger:say(level, text, file) end
  log.to(say)
  local runner = Runner.new(paths --[[@as string[] ]], {
    home = home, say = say, reopen = function() login.reopen(home, given) end,
  })
  local missing = runner.scripts:missing()
  if missing then invalid("there is no file and no folder '%s'.", missing) end
  io.stdout:setvbuf "line"
  return runner:run()
end

return run
