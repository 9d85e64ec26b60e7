-- Scripts of `homey run`: loads, reloads and stops the named files and those of the named folders.
--
-- Invariant: a file runs once with the same arguments, whatever names lead to it. A running script
-- is stopped only when its file is gone or a new version of it compiles. A file that cannot run is
-- retried when it changes, or a module that it has required.

local Script = require "homey.script.script"
local backoff = require "homey.util.backoff"
local folder_settings = require "homey.cli.runner.folder_settings"
local script_facts = require "homey.cli.runner.script_facts"
local format = require "homey.util.format"
local system = require "homey.system"
local log_throttle = require "homey.task.log_throttle"

local pause = { first = 10, most = 300 } -- seconds until a restart after an error of the hub

---@class homey.cli.Given  a file or a folder of the command line
---@field path string
---@field args table<string, string>

---@class homey.cli.Entry  a file that runs, or waits to run
---@field real string      its path without links
---@field args table<string, any>
---@field path string      as it was named
---@field file string      its name in the log
---@field marks table<string, string|false>  each file that it was read from, with its mark
---@field script? homey.Script
---@field retry? fun()     cancels the next restart
---@field pause? number    seconds before it
---@field problem? {text: string, at: number}  the last error since it was loaded
---@field unauthorized? boolean  it failed because the login expired; the next login restarts it

---@class homey.cli.Scripts
---@field given homey.cli.Given[]
---@field entries table<string, homey.cli.Entry>  by real path, arguments and name
---@field settings table<string, homey.cli.FolderScript[]>  of folders, as last read without a fault
---@field problems table<string, string>  what is wrong with the settings of a folder
---@field absent table<string, true>  files that settings name and that are not there
---@field home homey.Home
---@field log fun(level: string, text: string, file: string?)
---@field failed fun(err: any)     called for each error that a script raises
---@field changed fun()            called when one starts or stops, or raises an error
---@field opened fun(path: string)  called for each module beside a script that it requires
---@field os? table<string, function>  in place of functions of the library os
---@field io? table<string, function>  the same for io
local Scripts = { __name = "homey.cli.Scripts" }
Scripts.__index = Scripts

--- The scripts of these files and folders; none runs yet.
---@param given homey.cli.Given[]
---@param options {home: homey.Home, log: function, failed: function, opened: function,
---   changed: function?, os: table?, io: table?}
---@return homey.cli.Scripts
function Scripts.new(given, options)
  return setmetatable({
    given = given, entries = {}, settings = {}, problems = {}, absent = {}, home = options.home,
    log = options.log, failed = options.failed, opened = options.opened,
    changed = options.changed or function() end, os = options.os, io = options.io,
  }, Scripts)
end

-- ---- which files there are ----------------------------------------------------------------------

-- Is a file of a folder a script? Names with "_" are modules, with "." or "#" an editor's files,
-- and with _spec or _test tests.
local function is_script(name)
  return name ~= folder_settings.name and name:find "^[^._#].*%.lua$"
    and not name:find "_spec%.lua$" and not name:find "_test%.lua$"
end

local function in_folder(folder)
  local paths = {}
  for _, name in ipairs(system.list(folder) or {}) do
    if is_script(name) then paths[#paths + 1] = folder:gsub("/*$", "/") .. name end
  end
  table.sort(paths)
  return paths
end

-- The scripts that the settings of a folder name. A faulty file of settings is logged once, and
-- those that were read before stay.
local function settings_of(self, folder)
  local path = folder .. folder_settings.name
  if system.stat(path) ~= "file" then
    self.settings[folder], self.problems[folder] = nil, nil
    return {}
  end
  local scripts, problem = folder_settings.read(path)
  if scripts then
    self.settings[folder] = scripts
  elseif self.problems[folder] ~= problem then
    self.log("error", problem .. " The scripts run as before.", folder_settings.name)
  end
  self.problems[folder] = problem
  return self.settings[folder] or {}
end

-- A file that the settings name and that is not there is logged once.
local function note_missing(self, folder, i, file)
  local path = folder .. file
  local is_missing = system.stat(path) ~= "file" or nil
  if is_missing and not self.absent[path] then
    self.log("error", ("entry %d names %s, which is not in the folder."):format(i, format(file)),
      folder_settings.name)
  end
  self.absent[path] = is_missing
end

local function scripts_in(self, path)
  local folder, list, named = path:gsub("/*$", "/"), {}, {}
  for i, each in ipairs(settings_of(self, folder)) do
    named[folder .. each.file] = true
    note_missing(self, folder, i, each.file)
    list[#list + 1] = { path = folder .. each.file, args = each.args, label = each.name }
  end
  for _, file in ipairs(in_folder(path)) do
    if not named[file] then list[#list + 1] = { path = file, args = {} } end
  end
  return list
end

local function scripts_of(self, given)
  if system.stat(given.path) == "folder" then return scripts_in(self, given.path) end
  return { given }
end

-- Tells two calls of one file apart.
local function key_of(real, args, label)
  local names, parts = {}, { real, label or "" }
  for name in pairs(args) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    parts[#parts + 1] = ("%s=%s %s"):format(name, type(args[name]), tostring(args[name]))
  end
  return table.concat(parts, "\0")
end

-- In the order in which they were named, each once: { path =, real =, key =, args =, label = }.
local function find(self)
  local found, seen = {}, {}
  for _, given in ipairs(self.given) do
    for _, each in ipairs(scripts_of(self, given)) do
      local real = system.stat(each.path) == "file" and system.real(each.path)
      local key = real and key_of(real, each.args, each.label)
      if key and not seen[key] then
        seen[key] = true
        found[#found + 1] = {
          path = each.path, real = real, key = key, args = each.args, label = each.label,
        }
      end
    end
  end
  return found, seen
end

local function mark_of(path)
  local kind, mark = system.stat(path)
  return kind == "file" and mark
end

-- An empty file is still being written.
local function is_empty(path)
  local file = io.open(path, "rb")
  local first = file and file:read(1)
  if file then file:close() end
  return file ~= nil and first == nil
end

-- A module that is gone does not stop the script.
local function has_changed(entry)
  for path, mark in pairs(entry.marks) do
    local now = mark_of(path)
    if now and now ~= mark then return true end
  end
  return false
end

-- ---- running them -------------------------------------------------------------------------------

local function stop(entry)
  if entry.retry then entry.retry() end
  entry.retry = nil
  if entry.script then entry.script:stop() end
  entry.script = nil
end

local function note_problem(self, entry, err)
  entry.problem = script_facts.error(err, self.home.scheduler.core_loop:time())
  self.changed()
end

-- `print` of a script writes to the log.
local function printer(script)
  return function(...)
    local list = {}
    for i = 1, select("#", ...) do list[i] = tostring((select(i, ...))) end
    script.scope:log("info", table.concat(list, "\t"))
  end
end

-- The script of a file, and the marks of all files that it was read from; or nil and the problem.
local function load(self, entry)
  local marks = { [entry.path] = mark_of(entry.path) }
  local script, problem = Script.load(entry.path, {
    home = self.home, args = entry.args, os = self.os, io = self.io,
    log = function(level, text) self.log(level, text, entry.file) end,
    opened = function(path)
      marks[path] = mark_of(path)
      self.opened(path)
    end,
  })
  if not script then return nil, problem end
  script.env.print = printer(script)
  script.scope.on_error = function(err)
    note_problem(self, entry, err)
    self.failed(err)
  end
  return script, marks
end

-- The error of a file of a running script that does not compile: the script is not replaced.
local function syntax_error(entry)
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

local function restart_later(self, entry)
  entry.pause = math.min((entry.pause or pause.first / 2) * 2, pause.most)
  log_throttle.say(self.home.scheduler, "restarted " .. entry.file, "warning",
    ("restarts in %d s: the hub failed."):format(entry.pause),
    function(level, text) self.log(level, text, entry.file) end)
  entry.retry = self.home.scheduler:later(entry.pause, function()
    entry.retry = nil
    start(self, entry, "restarted")
  end)
end

-- Is an error temporary? A hub that is starting lists nothing yet, and a web page in its place
-- sends no JSON.
local function is_temporary(err)
  return backoff.is_transient(err) or type(err) == "table" and err.kind == "protocol"
end

local function stop_failed(self, entry)
  stop(entry)
  self.log("error", "stopped. Save the file to restart it.", entry.file)
end

-- The main chunk may wait, so it may fail at any time.
local function watch_main_chunk(self, entry, script)
  local function on_end(task)
    local err = task.err
    if task.status ~= "failed" then
      entry.pause = nil
    elseif entry.script ~= script then
      return
    elseif is_temporary(err) then
      restart_later(self, entry)
    elseif type(err) == "table" and err.kind == "expired" then
      entry.unauthorized = true
    else
      stop_failed(self, entry)
    end
  end
  if script.task:finished() then on_end(script.task) else script.task.ended = on_end end
end

function start(self, entry, word)
  entry.unauthorized = nil
  renew_marks(entry)
  local problem, script, marks = syntax_error(entry), nil, nil
  if not problem then script, marks = load(self, entry) end
  if not script then
    local advice = entry.script and "The previous version keeps running."
      or "Save the file to restart it."
    note_problem(self, entry, problem or marks)
    return self.log("error", ("%s. %s"):format(problem or marks, advice), entry.file)
  end
  local is_restart = entry.script ~= nil or word ~= "started"
  stop(entry)
  entry.script, entry.marks, entry.problem = script, marks, nil
  self.changed()
  if not is_restart then self.log("info", word, entry.file) end
  script:start()
  if is_restart and not script:failed() then self.log("info", word, entry.file) end
  watch_main_chunk(self, entry, script)
end

local function remove_others(self, seen)
  local removed = {}
  for key, entry in pairs(self.entries) do
    if not seen[key] then
      stop(entry)
      self.entries[key] = nil
      self.changed()
      removed[#removed + 1] = entry.file
    end
  end
  table.sort(removed)
  for _, file in ipairs(removed) do self.log("info", "removed", file) end
end

local function name_of(path)
  return path:match "[^/]+$"
end

local function update_entry(self, found, all)
  local entry = self.entries[found.key]
  if is_empty(found.path) then return end
  local file = name_of(found.path) .. (found.label and (" (%s)"):format(found.label) or "")
  if not entry then
    entry = {
      path = found.path, real = found.real, file = file, args = found.args, marks = {},
    }
    self.entries[found.key] = entry
    return start(self, entry, "started")
  end
  entry.path, entry.file = found.path, file
  if not (all or has_changed(entry)) then return end
  entry.pause = nil
  start(self, entry, entry.script and "reloaded" or "started")
end

--- Start new files, reload changed ones and stop deleted ones.
---@param all? boolean  reload all
function Scripts:update(all)
  local found, seen = find(self)
  remove_others(self, seen)
  for _, each in ipairs(found) do update_entry(self, each, all) end
end

-- ---- for the runner -----------------------------------------------------------------------------

local function folder_of(path)
  return (path:match "^(.*)/[^/]*$" or "."):gsub("^$", "/")
end

--- The folders to watch, and the names of files in them that matter beside *.lua.
---@return table<string, boolean> folders
---@return table<string, boolean> names
function Scripts:folders()
  local folders, names = {}, {}
  local function add(path)
    folders[folder_of(path)] = true
    names[name_of(path)] = true
  end
  for _, given in ipairs(self.given) do
    add((given.path:gsub("(.)/+$", "%1")))
    if system.stat(given.path) == "folder" then folders[given.path] = true end
  end
  for _, entry in pairs(self.entries) do
    add(entry.real)
    for file in pairs(entry.marks) do add(file) end
  end
  return folders, names
end

--- The named paths, for a message.
---@return string
function Scripts:names()
  local names = {}
  for i, given in ipairs(self.given) do names[i] = given.path end
  return table.concat(names, ", ")
end

--- The first of the named paths that does not exist.
---@return string?
function Scripts:missing()
  for _, given in ipairs(self.given) do
    local kind = system.stat(given.path)
    if kind ~= "file" and kind ~= "folder" then return given.path end
  end
end

--- Restart the files that failed because the login had expired.
function Scripts:logged_in()
  local list = {}
  for _, entry in pairs(self.entries) do
    if entry.unauthorized then list[#list + 1] = entry end
  end
  table.sort(list, function(a, b) return a.path < b.path end)
  for _, entry in ipairs(list) do start(self, entry, "restarted") end
end

--- Number of running scripts.
---@return integer
function Scripts:count()
  local n = 0
  for _, entry in pairs(self.entries) do n = n + (entry.script and 1 or 0) end
  return n
end

--- Stop all scripts.
function Scripts:stop()
  for _, entry in pairs(self.entries) do stop(entry) end
  self.entries = {}
end

return Scripts
