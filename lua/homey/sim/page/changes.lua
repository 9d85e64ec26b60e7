--- Changes of the simulated home as events for the page.
local view = require "homey.sim.page.view"

local changes = {}

local handlers = {}

function handlers.capability(page, device, id, value)
  page.streams:publish("value", {
    id = device.id, capability = id, value = value, at = page.context.model.now(),
  })
end

local function publish_device(page, device)
  page.streams:publish("device", view.device(device))
end

handlers["devices.create"], handlers["devices.update"] = publish_device, publish_device

handlers["devices.delete"] = function(page, device)
  page.streams:publish("device", { id = device.id, gone = true })
end

local function read_again(page) page.streams:publish("home", {}) end

for _, verb in ipairs { "create", "update", "delete" } do
  handlers["zones." .. verb] = read_again
end

--- Send the changes of a model to the streams of a page.
---@param page homey.sim.Page
function changes.listen(page)
  page.context.model:listen(function(event, ...)
    local handle = handlers[event]
    if handle and page.streams:has_readers() then handle(page, ...) end
  end)
end

return changes
