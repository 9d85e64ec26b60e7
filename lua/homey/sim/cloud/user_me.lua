--- Answer of user/me: the user, the Homeys of the account and their addresses.
local core = require "homey.core"

-- The addresses of the option `listen`, and no others.
local function listen_addresses(context)
  local out, listening = {}, context.listening
  local ip, port = (listening.secure or { "" })[1]:match("^([%d.]+):(%d+)$")
  if ip then
    out.localUrlSecure = ("https://%s.homey.homeylocal.com%s"):format(ip:gsub("%.", "-"),
      port == "443" and "" or ":" .. port)
  end
  local plain = (listening.plain or {})[1]
  if plain then out.localUrl, out.ipInternal = "http://" .. plain:gsub(":80$", ""), plain end
  if listening.remote then
    out.remoteUrl = ("https://%s.connect.athom.com"):format(context.hub_id)
  end
  return out
end

local function loopback_addresses(context)
  if not context.ports.http then -- in virtual time there are none
    return { remoteUrl = ("https://%s.connect.athom.com"):format(context.hub_id) }
  end
  local port = context.ports[context.settings.address_port] or context.ports.https
  return {
    localUrlSecure = ("https://127-0-0-1.homey.homeylocal.com:%d"):format(port),
    localUrl = ("http://127.0.0.1:%d"):format(context.ports.http),
    ipInternal = ("127.0.0.1:%d"):format(context.ports.http),
    remoteUrl = ("https://%s.connect.athom.com"):format(context.hub_id),
    remoteUrlForwarded = core.null,
  }
end

local function addresses(context)
  local out = context.listening and listen_addresses(context) or loopback_addresses(context)
  for name, value in pairs(context.settings.addresses) do
    out[name] = value
    if value == false then out[name] = nil end
  end
  return out
end

local function simulated_homey(context)
  local homey = context.model.data.homey
  local out = addresses(context)
  out._id, out.id, out.name = context.hub_id, context.hub_id, homey.name
  out.apiVersion = context.settings.api_version
  out.softwareVersion = context:version()
  out.platform, out.language, out.role, out.state =
    homey.platform, homey.language, homey.role, homey.state
  return out
end

-- A Homey as JSON. `_id` comes before `id`, as from the cloud: the vendor's client fails otherwise.
local function homey_json(homey)
  local id = homey._id
  homey._id = nil
  return ('{"_id":%s,%s'):format(core.encode(id), core.encode(homey):sub(2))
end

--- The answer of user/me.
---@param context homey.sim.Context
---@return string json
return function(context)
  local user, homeys = context.user, { homey_json(simulated_homey(context)) }
  for _, other in ipairs(context.settings.homeys) do
    local homey = {
      _id = other.id, apiVersion = 3, platform = "local", language = "en", role = "owner",
      state = "online",
    }
    for k, v in pairs(other) do homey[k] = v end
    homeys[#homeys + 1] = homey_json(homey)
  end
  local none = setmetatable({}, core.array)
  local me = core.encode {
    _id = user.id, firstname = user.firstname, lastname = user.lastname,
    fullname = user.firstname .. " " .. user.lastname, email = context.settings.email,
    language = user.language, roleIds = none, roles = none, avatar = {}, devices = none,
  }
  return ('{"homeys":[%s],%s'):format(table.concat(homeys, ","), me:sub(2))
end
