-- Route POST /event/NAME: emits an own event, for a phone's shortcut or curl.

local core = require "homey.core"
local own_events = require "homey.automation.own_events"
local response = require "homey.sim.http.response"
local try = require "homey.task.try"
local text = require "homey.util.text"

local function refuse(status, message)
  return response.json(status, { error = message })
end

-- The data of an event: a body of JSON as a value, another one as text, nil for none.
local function data_of(req)
  if req.body == "" then return nil end
  local kind = text.lower(req.headers["content-type"] or "")
  if not kind:find("json", 1, true) then return req.body end
  local value, problem = core.decode(req.body)
  return value, problem
end

--- The route.
---@param scheduler homey.Scheduler
---@return homey.cli.HttpRoute
return function(scheduler)
  return {
    method = "POST", pattern = "^/event/([%w_%.%-]+)$",
    handle = function(req, name)
      local full = own_events.is_own(name) and name or "my." .. name
      local data, problem = data_of(req)
      if problem then return refuse(400, ("the body is not valid JSON: %s."):format(problem)) end
      local _, err = try(own_events.emit, scheduler, full, data)
      if err then return refuse(400, type(err) == "table" and err.message or tostring(err)) end
      return response.json(200, { event = full })
    end,
  }
end
