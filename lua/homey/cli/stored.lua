-- Stored logins of a state_dir, as the core writes them: one file for each account, and the name of
-- the one that is used where none is named. src/core/store/file_store.c describes the files, and
-- src/core/account/account_json.c what is in them. The texts hold secrets, which stay in here.

local Scheduler = require "homey.task.scheduler"
local core = require "homey.core"
local lower = require("homey.util.text").lower
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local system = require "homey.system"

local stored = {}

local patience, pause = 10, 0.05 -- seconds: for a login that another program renews now

---@class homey.cli.StoredHub
---@field id string
---@field name? string
---@field session_expires? number  seconds since 1970
---@field session_id? string  where the hub can end the session: those of 2016 to 2019

---@class homey.cli.StoredLogin
---@field file string      its name in the folder
---@field account? string  the name under which it is stored
---@field email? string
---@field user? string     the name of the person
---@field kind "account"|"key"|"user"  an account of the cloud, an API key, a user of the hub
---@field address? string  of the hub, where it logs in without the cloud
---@field hub? string      the id of the hub in use
---@field hubs homey.cli.StoredHub[]  by name
---@field access_expires? number  seconds since 1970
---@field renews boolean   it renews itself
---@field is_current boolean
---@field damaged? boolean

local function contents(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then file:close() end
  return text
end

-- ---- reading ------------------------------------------------------------------------------------

local function kind_of(doc)
  if doc.personal_access_token then return "key" end
  return doc.address and "user" or "account"
end

local function text_of(value)
  return type(value) == "string" and value or nil
end

local function is_by_hub(value)
  if value == nil then return true end
  if type(value) ~= "table" then return false end
  for id, each in pairs(value) do
    if type(id) ~= "string" or type(each) ~= "table" then return false end
  end
  return true
end

-- Like defect_of in src/core/account/account_json.c, which refuses the same files.
local function is_sound(doc)
  return type(doc) == "table" and type(doc.account) == "string" and is_by_hub(doc.hubs)
    and is_by_hub(doc.sessions)
end

local function time_of(value)
  return type(value) == "number" and value > 0 and value or nil
end

local function hubs_of(doc)
  local sessions, list = doc.sessions or {}, {}
  for id, hub in pairs(doc.hubs or {}) do
    local session = sessions[id] or {}
    list[#list + 1] = {
      id = id, name = text_of(hub.name),
      session_id = hub.api_version == 2 and text_of(session.session_id) or nil,
      session_expires = session.bearer and time_of(session.bearer_expires_at),
    }
  end
  if #list == 0 then list[1] = text_of(doc.hub) and { id = doc.hub } end
  table.sort(list, function(a, b) return (a.name or a.id) < (b.name or b.id) end)
  return list
end

--- What the text of a login tells, without its secrets.
---@param text string?
---@param name? string  of its file
---@return homey.cli.StoredLogin
function stored.read(text, name)
  local doc = text and core.decode(text)
  if not is_sound(doc) then
    return { file = name, hubs = {}, damaged = true, is_current = false }
  end
  return {
    file = name, account = doc.account, email = text_of(doc.email), user = text_of(doc.user),
    kind = kind_of(doc), address = text_of(doc.address), hub = text_of(doc.hub),
    hubs = hubs_of(doc),
    access_expires = doc.access_token and time_of(doc.access_expires_at),
    renews = doc.refresh_token ~= nil, is_current = false,
  }
end

local function mark_current(list, folder)
  local name = (contents(folder .. "/current") or ""):match "^[^\n]+"
  for _, login in ipairs(list) do
    if login.file == name then
      login.is_current = true
      return
    end
  end
  if #list == 1 then list[1].is_current = true end
end

--- All logins that are stored, by their names.
---@param folder string
---@return homey.cli.StoredLogin[]
function stored.list(folder)
  local list = {}
  for _, name in ipairs(system.list(folder) or {}) do
    if name:find "^login%-%x+%.json$" then
      list[#list + 1] = stored.read(contents(folder .. "/" .. name), name)
    end
  end
  table.sort(list, function(a, b) return (a.account or a.file) < (b.account or b.file) end)
  mark_current(list, folder)
  return list
end

--- The login that is used where none is named.
---@param list homey.cli.StoredLogin[]
---@return homey.cli.StoredLogin?
function stored.current(list)
  for _, login in ipairs(list) do
    if login.is_current then return login end
  end
end

--- Whether a name as people type it means this login.
---@param login homey.cli.StoredLogin
---@param name string
---@return boolean
function stored.is_named(login, name)
  name = lower(name)
  return login.account ~= nil
    and (lower(login.account) == name or login.email ~= nil and lower(login.email) == name)
end

--- The hub of a login that a name or an id means.
---@param login homey.cli.StoredLogin
---@param name string
---@return homey.cli.StoredHub?
function stored.hub(login, name)
  name = lower(name)
  for _, hub in ipairs(login.hubs) do
    if lower(hub.id) == name or hub.name and lower(hub.name) == name then return hub end
  end
end

--- The names of its hubs, joined for a message.
---@param login homey.cli.StoredLogin
---@return string
function stored.hubs(login)
  local names = {}
  for i, hub in ipairs(login.hubs) do names[i] = hub.name or hub.id end
  return #names > 0 and table.concat(names, ", ") or login.address or "no hub"
end

--- The names of logins, for a sentence.
---@param list homey.cli.StoredLogin[]
---@return string
function stored.names(list)
  local names = {}
  for _, login in ipairs(list) do names[#names + 1] = login.account end
  return table.concat(names, ", ")
end

--- The login that a name means. Raises an error where there is none.
---@param folder string
---@param name string
---@return homey.cli.StoredLogin
function stored.find(folder, name)
  local list, found = stored.list(folder), nil
  for _, login in ipairs(list) do
    if login.account == name then return login end
    if stored.is_named(login, name) then found = found or login end
  end
  if found then return found end
  local others = stored.names(list)
  return raise(new_error("not_found", ("no login is stored for '%s'.%s"):format(name,
    others ~= "" and (" There is %s."):format(others) or " Log in with `homey login`.")))
end

-- ---- writing ------------------------------------------------------------------------------------

-- Calls f with a file that is locked meanwhile. Waits in a task.
local function with_lock(path, f)
  local scheduler = Scheduler.shared()
  local ends = scheduler.core_loop:now() + patience
  local file, kind, message = core.keep(path, "login")
  while not file and kind == "unavailable" and scheduler.core_loop:now() < ends do
    scheduler:sleep(pause)
    file, kind, message = core.keep(path, "login")
  end
  if not file then raise(new_error(kind, message)) end
  kind, message = f(file)
  file:close()
  if kind then raise(new_error(kind, message)) end
end

local function save(file, text)
  local done, kind, message = file:save(text)
  if not done then return kind, message end
end

local function make_current(folder, name)
  with_lock(folder .. "/current", function(file) return save(file, name .. "\n") end)
end

--- Store a login as the one that is used where none is named.
---@param folder string
---@param account string
---@param text string  as a store was given it
function stored.add(folder, account, text)
  local doc = assert(core.decode(text))
  doc.account = account
  with_lock(folder .. "/current", function(current) -- which makes the folder, too
    local path = assert(core.login_file(folder, account))
    with_lock(path, function(file) return save(file, assert(core.encode(doc))) end)
    return save(current, path:match "[^/]+$" .. "\n")
  end)
end

--- Use a login from now on, and one of its hubs.
---@param folder string
---@param login homey.cli.StoredLogin
---@param hub? string  its id
function stored.use(folder, login, hub)
  if hub and hub ~= login.hub then
    with_lock(folder .. "/" .. login.file, function(file)
      local text, kind, message = file:load()
      if not text then return kind or "not_found", message or "the login is no longer stored." end
      local doc = core.decode(text)
      if type(doc) ~= "table" then return "invalid", "the stored login is damaged." end
      doc.hub = hub
      return save(file, assert(core.encode(doc)))
    end)
  end
  if not login.is_current then make_current(folder, login.file) end
end

return stored
