--- Shapes of the items of a hub: the members that an item of a list always has, by version.
---
--- A row has `all` (members of both versions), `v2` and `v3` (members of one alone), and `to_v2`,
--- which changes a copy of an item for version 2.
local build = require "homey.sim.home.build"
local core = require "homey.core"

local null, array = core.null, build.array
local empty = array()

---@class homey.sim.Shape
---@field all? table<string, any>
---@field v2? table<string, any>
---@field v3? table<string, any>
---@field to_v2? fun(item: table)  changes a copy

---@type table<string, homey.sim.Shape>
local shapes = {}

local function icon_of(id) return { id = id, url = "/icon/" .. id .. "/icon.svg" } end

-- A card in a flow: version 2 has the uri and the rest of the id apart.
local function split_card(card)
  if type(card) ~= "table" or type(card.id) ~= "string" then return card end
  local out = {}
  for name, value in pairs(card) do out[name] = value end
  local uri, id = card.id:match "^([^:]*:[^:]*:[^:]*):(.*)$"
  if uri then out.uri, out.id = uri, id end
  return out
end

local function split_cards(cards)
  local out = array()
  for i, card in ipairs(type(cards) == "table" and cards or {}) do out[i] = split_card(card) end
  return out
end

-- An item with an owner: version 2 has a short id and a uri.
local function split_owner(item)
  local uri, id = tostring(item.id):match "^([^:]*:[^:]*:[^:]*):(.*)$"
  item.uri, item.id = item.ownerUri or uri, item.ownerId or id or item.id
  item.uriObj = { id = item.uri, name = item.ownerName }
  item.ownerUri, item.ownerId, item.ownerName = nil, nil, nil
end

shapes.zones = {
  all = { parent = null, icon = "default", active = false },
  v2 = { order = 0 }, v3 = { activeOrigins = empty, activeLastUpdated = null },
}

shapes.flows = {
  all = {
    folder = null, enabled = true, triggerable = false, trigger = {}, conditions = empty,
    actions = empty,
  },
  v2 = { order = 0, broken = false, triggerCount = 0 },
  to_v2 = function(flow)
    flow.trigger = split_card(flow.trigger)
    flow.conditions, flow.actions = split_cards(flow.conditions), split_cards(flow.actions)
  end,
}

local function advanced_v2(flow)
  local cards = {}
  for key, card in pairs(type(flow.cards) == "table" and flow.cards or {}) do
    local out = split_card(card)
    if out ~= card then out.ownerUri, out.uri = out.uri, nil end
    cards[key] = out
  end
  flow.cards = cards
end

shapes.advancedflows = {
  all = { folder = null, enabled = true, triggerable = false, cards = {} },
  v2 = { broken = false }, to_v2 = advanced_v2,
}

shapes.flowfolders = { all = { parent = null }, v2 = { order = 0 } }

local function card_v2(card)
  split_owner(card)
  if card.args == null then card.args = empty end
  for _, name in ipairs { "deprecated", "droptoken", "highlight" } do
    if type(card[name]) ~= "boolean" then card[name] = card[name] ~= null end
  end
end

local function card_shape(more)
  local shape = {
    all = {
      hint = null, args = null, droptoken = null, deprecated = null, highlight = null,
    },
    v2 = { duration = false, advanced = false }, v3 = { titleFormatted = null }, to_v2 = card_v2,
  }
  for name, value in pairs(more) do shape.all[name] = value end
  return shape
end

shapes.flowcardtriggers = card_shape { tokens = empty }
shapes.flowcardconditions = card_shape {}
shapes.flowcardactions = card_shape {
  tokens = empty, duration = false, durationMin = null, durationMax = null, advanced = false,
}

shapes.flowtokens = { v3 = { example = null }, to_v2 = split_owner }

shapes.logs = {
  all = { titleTrue = null, titleFalse = null, units = null, decimals = null, lastValue = null },
  to_v2 = split_owner,
}

shapes.variables = {}

shapes.users = {
  all = {
    athomId = null, properties = {}, enabled = true, verified = true, present = false,
    asleep = false,
  },
  v3 = { enabledUntil = null, avatar = null, inviteUrl = null, localUsername = null },
  to_v2 = function(user)
    if user.role == "owner" then user.role = "manager" end
  end,
}

shapes.notifications = {
  all = { ownerUri = "homey:manager:notifications", excerpt = "", meta = {} },
  v2 = {
    dateExpires = null, icon = null, iconObj = icon_of "notification", priority = "info",
    readBy = empty, roles = empty,
  },
  v3 = { ownerName = "Homey" },
}

shapes.moods = { all = { preset = null, zone = null, devices = {} } }

local days = {
  monday = true, tuesday = true, wednesday = true, thursday = true, friday = true,
  saturday = false, sunday = false,
}

shapes.alarms = {
  all = { name = "Alarm", time = "07:00", enabled = true, repetition = days },
  v2 = { nextOccurance = null },
}

shapes.apps = {
  all = {
    version = "1.0.0", channel = "live", origin = "appstore", author = { name = "Example" },
    compatibility = ">=5.0.0", permissions = empty, images = {}, state = "running",
    enabled = true, autoupdate = true, settings = false, usage = { cpu = 0, mem = 31457280 },
    crashed = false, crashedMessage = null, iconObj = icon_of "app",
  },
  v2 = {
    sdk = 3, icon = "/icon/app/icon.svg", session = null, ready = true, exitCode = null,
    exitSignal = null, exitCount = 0, hasDrivers = true, updateAvailable = null,
  },
  v3 = { color = "#2F6B4F", updateAvailable = false, crashedCount = 0 },
  to_v2 = function(app)
    if app.channel == "live" then app.channel = "stable" end
    app.brandColor = app.brandColor or "#2F6B4F"
  end,
}

shapes.drivers = {
  all = {
    ready = true, pair = true, repair = false, unpair = false, color = "#2F6B4F",
    deprecated = false, connectivity = array { "lan" }, class = "other",
  },
  v2 = { icon = "/icon/driver/icon.svg", iconObj = icon_of "driver" },
  v3 = { userPath = null, ownerIconObj = icon_of "app" },
  to_v2 = split_owner,
}

shapes.pairsessions = {
  all = {
    type = "pair", driverId = null, driverUri = null, deviceId = null, zoneId = null,
    views = empty,
  },
}

shapes.images = { all = { ownerUri = "homey:manager:images", lastUpdated = null } }
shapes.dashboards = { all = { columns = empty } }
shapes.appwidgets = {
  all = { settings = {}, devices = {}, height = 200, transparent = false, deprecated = false },
}
shapes.widgetstores = { all = { state = {} } }
shapes.matternodes = {}
shapes.voices = { all = { locale = "en-US", language = "en", gender = "female" } }
shapes.videos = {}

return shapes
