-- Start of the HTTP server of `homey run --http`, with its token and routes.

local Handler = require "homey.automation.handler"
local invalid = require "homey.util.invalid"

local advice = "homey run --http needs lua-http: apt install lua-http, or luarocks install http."

local function all_routes(context)
  local routes = require "homey.cli.http.page"(context)
  routes[#routes + 1] = require "homey.cli.http.events"(context.home.scheduler)
  return routes
end

local function new_server(at, path, routes, log)
  return require("homey.cli.http.server").start {
    host = at.host, port = at.port, token = require("homey.cli.http.token").of(path),
    routes = routes, log = log,
  }
end

--- Start the server.
---@param context homey.cli.PageContext
---@param at {host: string, port: integer, is_loopback: boolean}
---@param log fun(level: string, text: string)
---@return homey.cli.HttpServer
return function(context, at, log)
  if not pcall(require, "cqueues") or not pcall(require, "http.h1_connection") then
    invalid("%s", advice)
  end
  local folder = context.home.state_dir
  if not folder then
    invalid("homey run --http keeps its token in `state_dir`, and this login has none.")
  end
  local path = folder .. "/http.token"
  local server = new_server(at, path, all_routes(context), log)
  Handler.count_calls(true)
  log("info", ("listens on http://%s:%d; its token is in %s.")
    :format(at.host:find ":" and "[" .. at.host .. "]" or at.host, server.port, path))
  if not at.is_loopback then
    log("warning", "plain http to this address can be read on the network, the token too.")
  end
  return server
end
