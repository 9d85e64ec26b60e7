--- Start of the page of `homey sim`: clicks act as a person does, and the log shows what came over
--- the sockets.
local Page = require "homey.sim.page.server"
local journal = require "homey.sim.page.journal"
local requests = require "homey.sim.page.requests"

local usual = 8080 -- port

-- The usual port, so that the address stays the same; any free one where it is taken.
local function start(options)
  if options.port then return Page.start(options) end
  options.port = usual
  local ok, page = pcall(Page.start, options)
  if ok then return page end
  options.port = 0
  return Page.start(options)
end

--- Serve the page of a running simulator.
--- Raises: invalid.
---@param running homey.sim.Running
---@param port? integer  8080 by default, or any free one
---@param folder string  of the journal of scripts
---@return homey.sim.Page
return function(running, port, folder)
  local context = running.context
  local page = start {
    queue = running.queue, context = context, mode = "sim", port = port,
    operate = function(device, capability, value)
      local found, _, problem = context.model:operate(device, capability, value)
      return not found and problem or nil
    end,
  }
  local wake = journal.follow(running.queue, page, folder)
  context:on_request(function(entry)
    requests.note(page, entry)
    wake()
  end)
  return page
end
