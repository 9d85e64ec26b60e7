-- homey run FILE|FOLDER...: runs automations until a signal ends it.

local Logger = require "homey.cli.runner.logger"
local Runner = require "homey.cli.runner.runner"
local arguments = require "homey.cli.arguments"
local home_options = require "homey.cli.home_options"
local invalid = require "homey.util.invalid"
local http_address = require "homey.cli.http.address"
local log = require "homey.util.log"
local login = require "homey.login.login"
local named_scripts = require "homey.cli.runner.named_scripts"

local command = {
  name = "run", takes = "FILE|FOLDER...", least = 1, most = math.huge,
  text = "Run automations: files, and all *.lua in folders except _*, *_spec.lua and *_test.lua.",
  more = "NAME=VALUE is an argument of the file before it: homey run motion.lua lamp=Hall/Lamp.\n"
    .. "homey.conf.lua in a folder gives arguments to its files.\n"
    .. "A file that changes is reloaded, a deleted one is stopped, a new one is started.\n"
    .. "Ctrl-C and SIGTERM stop the program, SIGHUP reloads all files.",
  options = {
    { name = "json", type = "boolean", doc = "log one JSON object a line" },
    { name = "quiet", short = "q", type = "boolean", doc = "log warnings and errors only" },
    { name = "verbose", short = "v", type = "boolean", doc = "log more" },
    { name = "http", value = "[ADDRESS:]PORT", type = "text", check = http_address.read,
      doc = "serve a page for a browser, and take events: POST /event/NAME; docs/run.md says how" },
    { name = "http-write", type = "boolean", doc = "the page may switch things: needs --http" },
    { name = "dry-run", type = "boolean", doc = "change nothing: log what would be sent" },
    home_options.row "account", home_options.row "hub",
  },
}

local function logger_of(options, scheduler)
  return Logger.new {
    json = options.json, time = function() return scheduler.core_loop:time() end,
    least = options.quiet and "warning" or options.verbose and "debug" or "info",
  }
end

local function http_of(options, logger)
  if not options.http then return nil end
  return {
    at = options.http, may_write = options["http-write"] == true,
    follow_log = function(f) return logger:follow(f) end,
  }
end

local run = { commands = { run = command } }

--- homey run.
---@param list string[]
---@return integer code
function run.main(list)
  local options, paths = arguments.read(command, list)
  if not options then return paths --[[@as integer]] end
  if options["http-write"] and not options.http then invalid("--http-write goes with --http.") end
  local given = home_options.of(options)
  given.dry_run = options["dry-run"]
  local home = login.open(given)
  local logger = logger_of(options, home.scheduler)
  local function write_log(level, text, file) logger:log(level, text, file) end
  log.to(write_log)
  local runner = Runner.new(named_scripts(paths --[[@as string[] ]], "run"), {
    home = home, log = write_log, http = http_of(options, logger),
    reopen = function() login.reopen(home, given) end,
  })
  local missing = runner.scripts:missing()
  if missing then invalid("there is no file or folder '%s'.", missing) end
  io.stdout:setvbuf "line"
  return runner:run()
end

return run
