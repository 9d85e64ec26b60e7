--- Assets of the hub: pictures, icons, and the paths of apps.
local encoding = require "homey.sim.http.encoding"
local response = require "homey.sim.http.response"

-- A picture of one pixel.
local pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGOQb9j9HwAEigJzdnqDVwAA"
  .. "AABJRU5ErkJggg"
local svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">'
  .. '<path d="M0 0h1v1H0z"/></svg>'

local assets = {}

local function not_found(what)
  return response.json(404, { error = "Not Found: " .. what, statusCode = 404 })
end

---@type homey.sim.Route
assets.image = {
  name = "image-file", method = "GET", path = "/api/image/:id", auth = "hub",
  handle = function(context, _, _, id)
    if not (context.model.data.images or {})[id] then return not_found("Image with ID " .. id) end
    return response.text(200, "image/png", assert(encoding.unbase64(pixel)))
  end,
}

---@type homey.sim.Route
assets.icon = {
  name = "icon", method = "GET", path = "/icon/:id/icon.svg",
  handle = function() return response.text(200, "image/svg+xml", svg) end,
}

-- The answers of the home's apps: by id, then "METHOD /path".
---@type homey.sim.Route
assets.app = {
  name = "app-api", method = "*", path = "/api/app", auth = "hub", body = "any",
  handle = function(context, request, _, id, rest)
    if not (context.model.data.apps or {})[id] then return not_found("App with ID " .. id) end
    local answers = (context.model.data.app_answers or {})[id] or {}
    local path = rest == "" and "/" or rest
    local answer = answers[request.method .. " " .. path]
    if answer == nil then return not_found(("%s %s of %s"):format(request.method, path, id)) end
    return response.json(200, answer)
  end,
}

return assets
