-- Login by a browser: the cloud redirects the browser to an address of this machine, with a code. A
-- person may paste the code or the address instead, such as over SSH.

local Listener = require "homey.cli.account.listener"
local Promise = require "homey.net.promise"
local Scheduler = require "homey.task.scheduler"
local Task = require "homey.task.task"
local callback = require "homey.cli.account.callback"
local core = require "homey.core"
local duration = require "homey.util.duration"
local form = require "homey.net.form"
local input = require "homey.cli.input"
local new_error = require "homey.error"
local opener = require "homey.cli.account.opener"
local raise = require "homey.util.raise"
local sentence = require("homey.util.text").sentence
local system = require "homey.system"
local try = require "homey.task.try"

local browser = {}

local page = "https://api.athom.com/oauth2/authorise"
-- The first request for this path is redirected to the cloud. The browser is opened there, since
-- other users of the machine can read its arguments, and the address of the cloud holds the state.
local start_path = "/homey-login"
local at_home = { localhost = true, ["127.0.0.1"] = true }
local accepted = "homey has the code and logs in now. You can close this page."
local refused = "Access was not allowed. You can close this page."

local function tell(text)
  io.stderr:write(text, "\n")
end

local function new_state()
  return (core.uuid():gsub("-", ""))
end

--- The OAuth client of a login by browser, complete: the one given, else that for localhost.
---@param given? homey.ClientOptions
---@return homey.ClientOptions
function browser.client(given)
  local first, own
  for i, preset in ipairs(core.presets) do
    if i == 1 then first = preset end
    if preset.name == "localhost" then own = preset end
  end
  if not given or not (given.id or given.redirect_uri) then
    return { id = own.client_id, secret = own.client_secret, redirect_uri = own.redirect_uri }
  end
  return {
    id = given.id or first.client_id, secret = given.id and given.secret or first.client_secret,
    redirect_uri = given.redirect_uri or own.redirect_uri,
  }
end

-- Returns the port and path of a redirect_uri on this machine; nil for another machine.
local function place_of(uri)
  local host, port, path = uri:match "^http://([^/:?]+):?(%d*)([^?]*)"
  if not host or not at_home[host] then return nil end
  return { host = host, port = tonumber(port) or 80, path = path == "" and "/" or path }
end

--- The address that a person opens.
---@param client homey.ClientOptions
---@param state string
---@return string
function browser.address(client, state)
  return page .. "?" .. form.encode {
    client_id = client.id, redirect_uri = client.redirect_uri, response_type = "code",
    state = state,
  }
end

-- ---- the answers --------------------------------------------------------------------------------

-- Makes the function that answers the requests of the browser.
local function answer_for(place, state, done, url)
  local is_started
  return function(method, target)
    if target == start_path and method == "GET" and not is_started then
      is_started = true
      return 302, "The login continues at the cloud.", nil, url
    end
    if target:match "^[^?]*" ~= place.path then return 404, "There is nothing here." end
    if method ~= "GET" then return 400, "This page can only be read." end
    local code, refusal, problem = callback.read(callback.fields(target), state)
    if problem then return 400, sentence(problem) end
    return 200, code and accepted or refused, function()
      if code then done:resolve(code) else done:reject(refusal) end
    end
  end
end

-- Reads pasted lines until one holds a code. The end of the input is an error unless the listener
-- waits for the browser.
local function take_pasted(state, done, listens)
  while true do
    local line = input.line()
    if not line then break end
    local code, refusal, problem = callback.pasted(line, state)
    if code then return done:resolve(code) end
    if refusal then return done:reject(refusal) end
    if line:find "%S" then tell(sentence(problem) .. " Paste the whole address, or its code.") end
  end
  if not listens then done:reject(new_error("invalid", "no code was given.")) end
end

local function listen(client, state, done, url)
  local place = place_of(client.redirect_uri)
  if not place then
    return nil, ("the redirect_uri %s is not on this machine"):format(client.redirect_uri)
  end
  return Listener.open(Scheduler.shared(), place,
    answer_for(place, state, done, url))
end

local function explain(url, listener, why, seconds)
  tell("Open this address in a browser, and allow access:\n\n  " .. url .. "\n")
  if why then tell(("Not waiting for the browser: %s."):format(why)) end
  if listener then tell(("Waiting for the browser, for %s."):format(duration.text(seconds))) end
  if not listener then
    tell "The browser may show an error at the end: only its address matters, and only for 30 s."
  end
  if not listener or system.isatty(0) then
    tell((listener and "Or paste" or "Paste")
      .. " here the address at which the browser ends, or its code, and press Enter:")
  end
end

-- Another program at the port of the redirect would get the code.
local taken = "the program that uses the port would get the code. End that program and start "
  .. "again, or open the address on another machine"

local function open(url, client, listener, is_taken)
  if listener then
    url = ("http://127.0.0.1:%d%s"):format(place_of(client.redirect_uri).port, start_path)
  end
  local problem = is_taken and taken or opener.open(url)
  if problem then tell(("The browser is not opened from here: %s."):format(problem)) end
end

local function wait(done, seconds)
  local code, err = try(done.wait, done, seconds)
  if code then return code end
  if done.status ~= "pending" then raise(err) end
  return raise(new_error("timeout",
    ("nobody has allowed access within %g s. Start again."):format(seconds)))
end

--- Get a code from a browser, in a task.
---@param client homey.ClientOptions  complete
---@param options {opens: boolean, seconds: number}  opens: it listens, and opens the browser
---@return string code
function browser.code(client, options)
  local state = new_state()
  local url, done = browser.address(client, state), Promise.new(Scheduler.shared())
  local listener, why, is_taken
  if options.opens then listener, why, is_taken = listen(client, state, done, url) end
  explain(url, listener, why, options.seconds)
  if options.opens then open(url, client, listener, is_taken) end
  local pasted = Task.start(done.scheduler, {}, take_pasted, state, done, listener ~= nil)
  local code, err = try(wait, done, options.seconds)
  pasted:cancel()
  if listener then listener:close() end
  return code or raise(err)
end

return browser
