--- Server of the page in the simulator: static files, the home, its events, and what a person does.
local Log = require "homey.sim.page.log"
local Streams = require "homey.page.streams"
local changes = require "homey.sim.page.changes"
local connection = require "homey.page.connection"
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local files = require "homey.page.files"
local guard = require "homey.page.guard"
local response = require "homey.sim.http.response"
local server = require "homey.sim.server.server"
local view = require "homey.sim.page.view"
local why = require "homey.sim.page.why"

---@class homey.sim.Page
---@field context homey.sim.Context
---@field mode "sim"|"virtual"
---@field streams homey.page.Streams
---@field log homey.sim.PageLog
---@field operate fun(device: string, capability: string, value: any): string?  lets a device report
---       a value; returns what is wrong
---@field set_time? fun(given: table): string?  in virtual time
---@field time? fun(): table                    in virtual time: the data of the event "time"
---@field scripts? fun(): table[]
---@field port integer
local Page = { __name = "homey.sim.Page" }
Page.__index = Page

local refuse = guard.refuse
local function after(problem)
  if problem then return refuse(400, problem) end
  return { status = 204, headers = {}, body = "" }
end

local function object_of(req)
  local given = core.decode(req.body)
  return type(given) == "table" and given or nil
end

-- ---- routes -------------------------------------------------------------------------------------

local routes = {}

routes["GET /page/home"] = function(page)
  return response.json(200, view.home(page.context, page.mode))
end

routes["GET /page/stream"] = function(page)
  local first = {}
  if page.time then first[1] = { "time", page.time() } end
  for _, entry in ipairs(page.log.entries) do first[#first + 1] = { "log", entry } end
  return page.streams:answer(first)
end

routes["POST /page/set"] = function(page, req)
  local given = object_of(req)
  if not given or type(given.device) ~= "string" or type(given.capability) ~= "string"
    or given.value == nil then
    return refuse(400, 'the body must be JSON: {"device": ID, "capability": ID, "value": ...}.')
  end
  return after(page.operate(given.device, given.capability, given.value))
end

routes["GET /page/why"] = function(page, req)
  local fields = encoding.form(req.query or "")
  local text, problem = why(page, fields.device or "", fields.capability or "")
  if not text then return refuse(404, problem) end
  return response.json(200, { text = text })
end

routes["POST /page/time"] = function(page, req)
  if not page.set_time then
    return refuse(404, "time can be set where the home is virtual: homey sim --virtual FILE.")
  end
  local given = object_of(req)
  if not given then return refuse(400, "the body must be JSON: speed, advance or paused.") end
  return after(page.set_time(given))
end

routes["GET /page/scripts"] = function(page)
  local list = page.scripts and page.scripts() or {}
  return response.json(200, setmetatable(list, core.array))
end

local function answer_of(page, req)
  local answer = guard.refusal(req) or guard.not_json(req) or files.answer(req)
  if answer then return answer end
  local route = routes[req.method .. " " .. req.path]
  return route and route(page, req) or refuse(404, "there is nothing at this path.")
end

--- Serve the page on loopback.
--- Raises: invalid.
---@param options {queue: userdata, context: homey.sim.Context, mode: "sim"|"virtual", operate:
---       function, port: integer?, set_time: function?, time: function?, scripts: function?}
---@return homey.sim.Page
function Page.start(options)
  local self = setmetatable({
    context = options.context, mode = options.mode, operate = options.operate,
    set_time = options.set_time, time = options.time, scripts = options.scripts,
    streams = Streams.new(),
  }, Page)
  self.log = Log.new(self.streams)
  changes.listen(self)
  local serve = connection.server(function(req) return answer_of(self, req) end)
  self.port = server.listen(options.queue, serve, options.port)
  return self
end

--- Its address.
---@return string
function Page:url() return ("http://127.0.0.1:%d/"):format(self.port) end

return Page
