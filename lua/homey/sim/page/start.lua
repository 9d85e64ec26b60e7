--- Start of the page of a simulated home.
local Page = require "homey.sim.page.server"
local journal = require "homey.sim.page.journal"
local requests = require "homey.sim.page.requests"

local start = {}

local usual = 8080 -- port

--- Serve a page: at the usual port, so that its address stays the same, or at any free one where
--- that is taken; or at a given port.
--- Raises: invalid.
---@param options table  as Page.start takes them
---@return homey.sim.Page
function start.serve(options)
  if options.port then return Page.start(options) end
  options.port = usual
  local ok, page = pcall(Page.start, options)
  if ok then return page end
  options.port = 0
  return Page.start(options)
end

--- Serve the page of a simulator on sockets: clicks act as a person does, and the log shows what
--- came over the sockets.
--- Raises: invalid.
---@param running homey.sim.Running
---@param port? integer
---@param folder string  of the journal of scripts
---@return homey.sim.Page
function start.of(running, port, folder)
  local context = running.context
  local page = start.serve {
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

return start
