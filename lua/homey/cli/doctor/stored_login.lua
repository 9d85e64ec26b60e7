-- Stored login as the checks see it: which there is, until when it lasts, and which texts in it are
-- secret. Only read.

local core = require "homey.core"
local system = require "homey.system"

---@class homey.cli.doctor.StoredLogin
---@field path string
---@field doc table       the stored text, with secrets
---@field session table   of the chosen hub
---@field is_key boolean  an API key or a local user: no cloud
local stored_login = {}

local function read_file(path)
  local file, problem = io.open(path, "rb")
  if not file then return nil, problem end
  local text = file:read "*a"
  file:close()
  return text
end

--- The files of logins in a folder, sorted.
---@param folder string
---@return string[]
function stored_login.files(folder)
  local names = {}
  for _, name in ipairs(system.list(folder) or {}) do
    if name:find "^login%-%x+%.json$" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function open_login(folder, name)
  local path = folder .. "/" .. name
  local text, problem = read_file(path)
  if not text then return nil, ("%s cannot be read: %s."):format(path, problem) end
  local doc = core.decode(text)
  if type(doc) ~= "table" or type(doc.version) ~= "number" then
    return nil, ("%s is damaged. Move it away and log in again."):format(path)
  end
  local sessions = type(doc.sessions) == "table" and doc.sessions or {}
  local session = sessions[doc.hub or ""]
  return {
    path = path, doc = doc, session = type(session) == "table" and session or {},
    is_key = doc.personal_access_token ~= nil or doc.username ~= nil,
  }
end

local function of_account(folder, names, email)
  for _, name in ipairs(names) do
    local found, problem = open_login(folder, name)
    if not found then return nil, problem end
    if found.doc.account == email then return found end
  end
end

--- The login that a command would use.
---@param folder string
---@param email? string  of the account, where one is given
---@return homey.cli.doctor.StoredLogin?
---@return string? problem  a sentence, where there is one that cannot be read
function stored_login.read(folder, email)
  local names = stored_login.files(folder)
  if email then return of_account(folder, names, email) end
  local current = (read_file(folder .. "/current") or ""):match "^(login%-%x+%.json)\n$"
  for _, name in ipairs(names) do
    if name == current or #names == 1 then return open_login(folder, name) end
  end
  if #names > 1 then
    return nil, ("there are %d logins in %s, and none is the current one. Log in again."):format(
      #names, folder)
  end
end

local secret = {
  email = true, user = true, account = true, client_secret = true, access_token = true,
  refresh_token = true, personal_access_token = true, username = true, bearer = true,
  session_id = true, name = true,
}

local function add_secrets(list, value)
  for key, each in pairs(value) do
    if type(each) == "table" then
      add_secrets(list, each)
    elseif secret[key] and type(each) == "string" then
      list[#list + 1] = each
    end
  end
  return list
end

--- The texts in all stored logins that nobody else may see.
---@param folder string
---@return string[]
function stored_login.secrets(folder)
  local list = {}
  for _, name in ipairs(stored_login.files(folder)) do
    local found = open_login(folder, name)
    if found then add_secrets(list, found.doc) end
  end
  return list
end

return stored_login
