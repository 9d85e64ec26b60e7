-- Stored login for the checks: reads which login a command would use, and which texts in the folder
-- are secret. Writes nothing.

local core = require "homey.core"
local stored = require "homey.cli.stored"

local stored_login = {}

local function of_account(list, account)
  for _, login in ipairs(list) do
    if stored.is_named(login, account) then return login end
  end
end

--- The login that a command would use.
---@param folder string
---@param account? string  the name of the account, where one is given
---@return homey.cli.StoredLogin?
---@return string? problem  a sentence, when a login is stored but cannot be used
function stored_login.read(folder, account)
  local list = stored.list(folder)
  local login
  if account then login = of_account(list, account) else login = stored.current(list) end
  if login and login.damaged then
    local path = folder .. "/" .. login.file
    return nil, path .. " is damaged, or cannot be read. Move it away and log in again."
  end
  if not login and not account and #list > 1 then
    local sentence = "there are %d logins in %s, and none is in use. Choose one with `homey use`."
    return nil, sentence:format(#list, folder)
  end
  return login
end

-- ---- what nobody else may see -------------------------------------------------------------------

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

local function decoded(path)
  local file = io.open(path, "rb")
  if not file then return {} end
  local text = file:read "*a"
  file:close()
  local doc = core.decode(text)
  return type(doc) == "table" and doc or {}
end

--- Return the secrets in all stored logins.
---@param folder string
---@return string[]
function stored_login.secrets(folder)
  local list = {}
  for _, login in ipairs(stored.list(folder)) do
    add_secrets(list, decoded(folder .. "/" .. login.file))
  end
  return list
end

return stored_login
