-- The scripts that run: those that were named, and those in the folders that were.
--
-- Kept true: a file runs once, by whatever names it is reached; the one that runs is stopped only when its file is gone
-- or the new one compiles; a file that cannot run is tried again when it, or a module that it has required, changes.

local Script = require "homey.script.script"
local backoff = require "homey.util.backoff"
local system = require "homey.system"
local log_throttle = require "homey.util.log_throttle"

local patience = { first = 10, most = 300 } -- seconds until a file that failed for want of the hub is tried again

---@class homey.cli.Entry  a file that runs, or should
---@field path string      as it was named
---@field file string      its name in the log
---@field marks table<string, string|false>  each file that it was read from, and how that looked then
---@field script? homey.Script
---@field retry? fun()     cancels the next try
---@field pause? number    seconds before it
---@field unauthorized? boolean  it failed since the login is dead: it is started again with the next one

---@class homey.cli.Scripts
---@field given string[]   paths of files and folders
---@field entries table<string, homey.cli.Entry>  by their one true path
---@field home homey.Home
---@field say fun(level: string, text: string, file: string?)
---@field failed fun(err: any)     called for what a script raises
---@field opened fun(path: string)  called for each module beside a script that it requires
local Scripts = { __name = "homey.cli.Scripts" }
Scripts.__index = Scripts

--- The scripts of these files and folders; none runs yet.
---@param given string[]
---@param options {home: homey.Home, say: function, failed: function, opened: function}
---@return homey.cli.Scripts
function Scripts.new(given, options)
  return setmetatable({
    given = given, entries = {}, home = options.home, say = options.say, failed = options.failed,
    opened = options.opened,
  }, Scripts)
end

-- ---- which files there are --------------------------------------------------------------------------------

-- Files of a folder that are scripts: those that begin with "_" are modules, those with "." an editor's, and beside a
-- script may lie its test.
local function is_script(name)
  return name:find "^[^._#].*%.lua$" and not name:find "_spec%.lua$" and not name:find "_test%.lua$"
end

local function in_folder(folder)
  local paths = {}
  for _, name in ipairs(system.list(folder) or {}) do
    if is_script(name) then paths[#paths + 1] = folder:gsub("/*$", "/") .. name end
  end
  table.sort(paths)
  return paths
end

local function files_of(path)
  if system.stat(path) == "folder" then return in_folder(path) end
  return { path }
end

-- In the order in which they were named, each once: {path=, real=}.
local function find(given)
  local found, seen = {}, {}
  for _, path in ipairs(given) do
    for _, file in ipairs(files_of(path)) do
      local real = system.stat(file) == "file" and system.real(file)
      if real and not seen[real] then
        seen[real] = true
        found[#found + 1] = { path = file, real = real }
      end
    end
  end
  return found, seen
end

local function mark_of(path)
  local kind, mark = system.stat(path)
  return kind == "file" and mark
end

-- An empty file is one that is still being written.
local function is_empty(path)
  local file = io.open(path, "rb")
  local first = file and file:read(1)
  if file then file:close() end
  return file ~= nil and first == nil
end

-- A module that is gone is no reason to end what runs.
local function has_changed(entry)
  for path, mark in pairs(entry.marks) do
    local now = mark_of(path)
    if now and now ~= mark then return true end
  end
  return false
end

-- ---- running them ---------------------------------------------------------------------------------------

local function stop(entry)
  if entry.retry then entry.retry() end
  entry.retry = nil
  if entry.script then entry.script:stop() end
  entry.script = nil
end

-- What a script prints is for whoever looks after it: it goes to the log.
local function printer(script)
  return function(...)
    local words = {}
    for i = 1, select("#", ...) do words[i] = tostring((select(i, ...))) end
    script.scope:log("info", table.concat(words, "\t"))
  end
end

-- A script of the file as it is, and how what it is made of looked; or nil and what is wrong.
local function load(self, entry)
  local marks = { [entry.path] = mark_of(entry.path) }
  local script, problem = Script.load(entry.path, {
    home = self.home,
    log = function(level, text) self.say(level, text, entry.file) end,
    opened = function(path)
      marks[path] = mark_of(path)
      self.opened(path)
    end,
  })
  if not script then return nil, problem end
  script.env.print = printer(script)
  script.scope.on_error = self.failed
  return script, marks
end

-- Whatever does not compile of a script that runs: it would be replaced by one that cannot run.
local function broken(entry)
  for path in pairs(entry.script and entry.marks or {}) do
    local chunk, problem = loadfile(path)
    if not chunk and mark_of(path) then return problem end
  end
end

local function renew_marks(entry)
  for path in pairs(entry.marks) do entry.marks[path] = mark_of(path) end
  entry.marks[entry.path] = mark_of(entry.path)
end

local start

local function try_later(self, entry)
  entry.pause = math.min((entry.pause or patience.first / 2) * 2, patience.most)
  log_throttle.say(self.home.scheduler, "started again " .. entry.file, "warning",
    ("is started again in %d s, as it was the hub that failed."):format(entry.pause),
    function(level, text) self.say(level, text, entry.file) end)
  entry.retry = self.home.scheduler:later(entry.pause, function()
    entry.retry = nil
    start(self, entry, "started again")
  end)
end

-- What a hub that is starting, or a web page in its place, makes of a file: it lists nothing yet, or answers what is no JSON.
local function may_pass(err)
  return backoff.is_transient(err) or type(err) == "table" and err.kind == "protocol"
end

local function end_for_good(self, entry)
  stop(entry)
  self.say("error", "is stopped. Saving the file starts it again.", entry.file)
end

-- The main chunk may wait, so it may fail at any time; what fails for want of the hub is tried again.
local function mind_failure(self, entry, script)
  local function over(task)
    local err = task.err
    if task.status ~= "failed" then
      entry.pause = nil
    elseif entry.script ~= script then
      return
    elseif may_pass(err) then
      try_later(self, entry)
    elseif type(err) == "table" and err.kind == "expired" then
      entry.unauthorized = true
    else
      end_for_good(self, entry)
    end
  end
  if script.task:finished() then over(script.task) else script.task.ended = over end
end

function start(self, entry, word)
  entry.unauthorized = nil
  renew_marks(entry)
  local problem, script, marks = broken(entry), nil, nil
  if not problem then script, marks = load(self, entry) end
  if not script then
    local comfort = entry.script and "; the previous version keeps running" or ". Saving the file starts it again"
    return self.say("error", (problem or marks) .. comfort .. ".", entry.file)
  end
  local anew = entry.script ~= nil or word ~= "started"
  stop(entry)
  entry.script, entry.marks = script, marks
  if not anew then self.say("info", word, entry.file) end
  script:start()
  if anew and not script:failed() then self.say("info", word, entry.file) end
  mind_failure(self, entry, script)
end

local function remove_others(self, seen)
  for real, entry in pairs(self.entries) do
    if not seen[real] then
      stop(entry)
      self.entries[real] = nil
      self.say("info", "removed", entry.file)
    end
  end
end

local function name_of(path)
  return path:match "[^/]+$"
end

local function look_at(self, found, all)
  local entry = self.entries[found.real]
  if is_empty(found.path) then return end
  if not entry then
    entry = { path = found.path, file = name_of(found.path), marks = {} }
    self.entries[found.real] = entry
    return start(self, entry, "started")
  end
  entry.path, entry.file = found.path, name_of(found.path)
  if not (all or has_changed(entry)) then return end
  entry.pause = nil
  start(self, entry, entry.script and "reloaded" or "started")
end

--- See which files there are and how they look, and run them accordingly.
---@param all? boolean  start all of them anew
function Scripts:look(all)
  local found, seen = find(self.given)
  remove_others(self, seen)
  for _, each in ipairs(found) do look_at(self, each, all) end
end

-- ---- for others -------------------------------------------------------------------------------------------

local function folder_of(path)
  return (path:match "^(.*)/[^/]*$" or "."):gsub("^$", "/")
end

--- The folders in which something may happen that matters, and names of any kind that do.
---@return table<string, boolean> folders
---@return table<string, boolean> names
function Scripts:folders()
  local folders, names = {}, {}
  local function add(path)
    folders[folder_of(path)] = true
    names[name_of(path)] = true
  end
  for _, path in ipairs(self.given) do
    add((path:gsub("(.)/+$", "%1")))
    if system.stat(path) == "folder" then folders[path] = true end
  end
  for real, entry in pairs(self.entries) do
    add(real)
    for file in pairs(entry.marks) do add(file) end
  end
  return folders, names
end

--- The first of the paths that leads nowhere.
---@return string?
function Scripts:missing()
  for _, path in ipairs(self.given) do
    local kind = system.stat(path)
    if kind ~= "file" and kind ~= "folder" then return path end
  end
end

--- There is a new login: files that failed for want of one are started again.
function Scripts:logged_in()
  local list = {}
  for _, entry in pairs(self.entries) do
    if entry.unauthorized then list[#list + 1] = entry end
  end
  table.sort(list, function(a, b) return a.path < b.path end)
  for _, entry in ipairs(list) do start(self, entry, "started again") end
end

--- How many files run.
---@return integer
function Scripts:count()
  local n = 0
  for _, entry in pairs(self.entries) do n = n + (entry.script and 1 or 0) end
  return n
end

--- End all of them.
function Scripts:stop()
  for _, entry in pairs(self.entries) do stop(entry) end
  self.entries = {}
end

return Scripts
