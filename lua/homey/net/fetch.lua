-- homey.fetch: a request to any server, over the core loop.
--
-- Invariant: nothing of a home is sent. The core limits how many fetches of a loop are in progress;
-- those beyond wait here.

local Promise = require "homey.net.promise"
local Response = require "homey.net.response"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local new_request = require "homey.net.request"
local raise = require "homey.util.raise"

local ended = setmetatable({}, { __mode = "k" }) -- scheduler -> promise of the next end of a fetch

local function note_end(scheduler)
  local promise = ended[scheduler]
  ended[scheduler] = nil
  if promise then promise:resolve() end
end

local function wait_for_end(scheduler)
  ended[scheduler] = ended[scheduler] or Promise.new(scheduler)
  ended[scheduler]:wait()
end

local function start(scheduler, request)
  return scheduler.core_loop:fetch(request.url, request.method, request.headers, request.timeout,
    request.max, request.redirects, request.body, request.cafile)
end

-- Returns the id of a request that has been started.
local function begin(scheduler, request)
  local id, kind, message = start(scheduler, request)
  while kind == "unavailable" do
    wait_for_end(scheduler)
    id, kind, message = start(scheduler, request)
  end
  if id then return id end
  if message then raise(new_error(kind, message)) end
  return invalid("homey.fetch cannot read this URL. Check its host and port.")
end

--- Send a request to any server and wait for the answer.
---@param scheduler homey.Scheduler
---@param url string
---@param options? homey.FetchOptions
---@return homey.Response
return function(scheduler, url, options)
  local answer = scheduler:expect(begin(scheduler, new_request(url, options)))
  scheduler.was_driven = true
  scheduler:settle_then(answer, function() note_end(scheduler) end)
  if answer.error then raise(answer.error) end
  return Response.new(answer.value)
end
