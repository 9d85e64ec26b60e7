-- Session of `homey sim --virtual`: runs scripts in a home in virtual time, and serves its page, in
-- one process.
--
-- Invariant: only the main program uses the home. It runs the requests of browsers between two
-- steps of the sockets, since a home in virtual time cannot be called from a foreign coroutine.

local Clock = require "homey.cli.virtual.clock"
local Condition = require "cqueues.condition"
local Handler = require "homey.automation.handler"
local Scripts = require "homey.cli.runner.scripts"
local cqueues = require "cqueues"
local error_text = require "homey.util.error_text"
local script_facts = require "homey.cli.runner.script_facts"
local start_page = require "homey.sim.page.start"
local virtual_clock = require "homey.sim.virtual.clock"
local script_files = require "homey.sim.virtual.script_files"
local try = require "homey.task.try"
local visible = require("homey.util.text").visible

local pause = 0.05        -- seconds that a step of the sockets waits
local look = 1            -- seconds between two checks of the files, and two clock events
local longest = 7 * 86400 -- maximum seconds of one advance

---@class homey.cli.VirtualSession
---@field home homey.sim.VirtualHome
---@field clock homey.cli.VirtualClock
---@field scripts homey.cli.Scripts
---@field page homey.sim.Page
---@field queue userdata
---@field jobs table[]      requests of browsers
---@field say fun(line: string)
---@field seen integer      number of the last entry of the journal that was explained
---@field looked number     when the files were looked at last
local Session = { __name = "homey.cli.VirtualSession" }
Session.__index = Session

-- ---- requests of browsers -----------------------------------------------------------------------

-- Queues f for the main program, and waits until it has run. Returns the problem, if any.
local function in_main(self, f)
  local job = { f = f, done = Condition.new() }
  self.jobs[#self.jobs + 1] = job
  while not job.is_done do job.done:wait() end
  return job.problem
end

local function run_jobs(self)
  local jobs = self.jobs
  self.jobs = {}
  for _, job in ipairs(jobs) do
    local _, err = try(job.f)
    job.problem, job.is_done = err and (error_text(err)), true
    job.done:signal()
  end
end

local function is_number(value, most)
  return type(value) == "number" and value > 0 and value <= most
end

local checks = {
  speed = function(value)
    return is_number(value, 86400), "speed is the number of seconds in one second, 86400 at most."
  end,
  advance = function(value)
    return is_number(value, longest), "advance is a number of seconds, a week at most."
  end,
  paused = function(value) return type(value) == "boolean", "paused is true or false." end,
}

local function wrong_time(given)
  if next(given) == nil then return "the body must be JSON: speed, advance or paused." end
  for name, value in pairs(given) do
    local check = checks[name]
    if not check then return ("there is no %s: use speed, advance or paused."):format(name) end
    local ok, problem = check(value)
    if not ok then return problem end
  end
end

local function publish_time(self) self.page.streams:publish("time", self.clock:facts()) end

local function set_time(self, given)
  local problem = wrong_time(given)
  if problem then return problem end
  return in_main(self, function()
    if given.advance then self.home:advance(given.advance) end
    self.clock:set { speed = given.speed, paused = given.paused }
    publish_time(self)
    self.page.streams:publish("scripts", {}) -- their next times
  end)
end

-- ---- the log ------------------------------------------------------------------------------------

local function add_entry(self, entry) self.page.log:add(entry) end

local function write_log(self, level, text, file)
  text = visible(text, true)
  add_entry(self, {
    at = self.home.loop:time(), level = level, text = file and file .. ": " .. text or text,
  })
  self.say(("%s %s: %s%s"):format(self.home:date(), level, file and file .. ": " or "", text))
end

-- Adds to each change, from the journal of the home, which script sent it.
local function explain(self)
  for _, entry in ipairs(self.home.journal:entries()) do
    if entry.kind == "call" and entry.n > self.seen then
      self.seen = entry.n
      self.page.log:explain(entry)
    end
  end
end

local function note_sent(self)
  local sent = self.home.sent
  if #sent == 0 then return end
  local first = self.page.log.last + 1
  for _, entry in ipairs(sent) do
    add_entry(self, {
      at = entry.at, text = tostring(entry), id = entry.id, device = entry.device and entry.id,
      capability = entry.capability, value = entry.value,
      level = entry.failed and "warning" or nil,
    })
  end
  explain(self)
  for _, entry in ipairs(self.page.log.entries) do
    if entry.n >= first then
      self.say(("%s %s%s"):format(self.home:date(entry.at), entry.text,
        entry.because and (" (%s -> %s)"):format(entry.because, entry.by) or ""))
    end
  end
end

-- Writes log lines of the home itself, such as a warning about a limit.
local function note_logged(self)
  for _, entry in ipairs(self.home.logged) do
    write_log(self, entry.level, entry.text, entry.name)
  end
end

local function note(self)
  note_sent(self)
  note_logged(self)
  self.home:forget()
end

-- ---- the loop -----------------------------------------------------------------------------------

local function stop_time(self, err)
  self.clock:set { paused = true }
  write_log(self, "error", (error_text(err)) .. " The virtual time is paused.")
  publish_time(self)
end

local function advance(self)
  local due = self.clock:due()
  if due == 0 then return end
  local _, err = try(self.home.advance, self.home, due)
  if err then stop_time(self, err) end
end

local function look_again(self)
  local now = cqueues.monotime()
  if now - self.looked < look then return end
  self.looked = now
  self.scripts:update()
  publish_time(self)
end

local function wait_for_signal(self)
  local signal = require "cqueues.signal"
  signal.block(signal.SIGINT, signal.SIGTERM)
  local listener = signal.listen(signal.SIGINT, signal.SIGTERM)
  self.queue:wrap(function()
    listener:wait()
    self.is_over = true
  end)
end

--- Run until Ctrl-C or SIGTERM.
function Session:run()
  wait_for_signal(self)
  self.scripts:update()
  self.clock:rebase()
  while not self.is_over do
    local ok, problem = self.queue:step(pause)
    if not ok then write_log(self, "error", "the page failed: " .. tostring(problem)) end
    run_jobs(self)
    advance(self)
    look_again(self)
    note(self)
  end
  self.scripts:stop()
  self.home:close()
end

-- ---- the start ----------------------------------------------------------------------------------

-- In virtual time there is no network: a fetch fails as if it could not be reached.
local function cut_network(home)
  home.loop.pages = setmetatable({}, { __index = function() return { kind = "network" } end })
end

local function new_page(self, port)
  return start_page.serve {
    queue = self.queue, context = self.home.context, mode = "virtual", port = port,
    operate = function(device, capability, value)
      return in_main(self, function() self.home:operate(device, capability, value) end)
    end,
    set_time = function(given) return set_time(self, given) end,
    time = function() return self.clock:facts() end,
    scripts = function() return script_facts.all(self.scripts) end,
  }
end

local function new_scripts(self, given)
  local function changed() self.page.streams:publish("scripts", {}) end
  return Scripts.new(given, {
    home = self.home, os = virtual_clock.os(self.home), io = script_files.io(self.home),
    log = function(...) write_log(self, ...) end, failed = changed, opened = function() end,
    changed = changed,
  })
end

--- A session. Its scripts do not run yet.
--- Raises: invalid.
---@param given homey.cli.Given[]  files and folders
---@param home homey.sim.VirtualHome
---@param options {port: integer?, speed: number, say: fun(line: string)}
---@return homey.cli.VirtualSession
function Session.new(given, home, options)
  local self = setmetatable({
    home = home, queue = cqueues.new(), jobs = {}, say = options.say, seen = 0, looked = 0,
    clock = Clock.new(home.loop, cqueues.monotime, options.speed),
  }, Session)
  self.page = new_page(self, options.port)
  self.scripts = new_scripts(self, given)
  Handler.count_calls(true)
  cut_network(home)
  return self
end

return Session
