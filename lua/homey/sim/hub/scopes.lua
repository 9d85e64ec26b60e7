--- Scopes of a session, and the scope that a request needs.
---
--- "homey" includes all scopes, and a scope includes those below it.
local scopes = {}

-- By manager: the scope for reading, and those for changes, by pattern of the path; the first that
-- matches counts.
local needed = {
  devices = {
    read = "homey.device.readonly", { "/capability/", "homey.device.control" },
    { "", "homey.device" },
  },
  zones = { read = "homey.zone.readonly", { "", "homey.zone" } },
  flow = {
    read = "homey.flow.readonly", { "/trigger$", "homey.flow.start" }, { "", "homey.flow" },
  },
  logic = { read = "homey.logic.readonly", { "", "homey.logic" } },
  users = { read = "homey.user.readonly", { "", "homey.user" } },
}

--- The scope that a request to the hub needs; nil where none is needed.
---@param method string
---@param path string
---@return string?
function scopes.needed(method, path)
  local manager = path:match "^/api/manager/([%w%-]+)"
  local row = needed[manager]
  if not row or path:find("/users/login", 1, true) then return nil end
  if method == "GET" then return row.read end
  for _, each in ipairs(row) do
    if path:find(each[1]) then return each[2] end
  end
end

--- The scope that a subscription needs.
---@param uri string  "homey:manager:zones", "homey:device:<id>"
---@return string?
function scopes.of_uri(uri)
  local row = needed[uri:match "^homey:manager:([%w%-]+)$" or uri:match "^homey:device:"
    and "devices"]
  return row and row.read
end

--- Whether scopes include another one.
---@param granted string[]
---@param wanted string?
---@return boolean
function scopes.grant(granted, wanted)
  if not wanted then return true end
  for _, scope in ipairs(granted) do
    if wanted == scope or wanted:sub(1, #scope + 1) == scope .. "." then return true end
    -- A scope to change or start something includes the one to read it.
    if wanted:find "%.readonly$"
      and scope:match "^(.*)%.%a+$" == wanted:match "^(.*)%.readonly$" then
      return true
    end
  end
  return false
end

return scopes
