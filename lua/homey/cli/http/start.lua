-- Start of the HTTP server of `homey run --http`, with its token and routes.

local invalid = require "homey.util.invalid"

local advice = "homey run --http needs lua-http: apt install lua-http, or luarocks install http."

--- Start the server.
---@param home homey.Home
---@param at {host: string, port: integer, is_loopback: boolean}
---@param log fun(level: string, text: string)
---@return homey.cli.HttpServer
return function(home, at, log)
  if not pcall(require, "cqueues") or not pcall(require, "http.h1_connection") then
    invalid("%s", advice)
  end
  if not home.state_dir then
    invalid("homey run --http keeps its token in `state_dir`, and this login has none.")
  end
  local path = home.state_dir .. "/http.token"
  local token = require("homey.cli.http.token").of(path)
  local server = require("homey.cli.http.server").start {
    host = at.host, port = at.port, token = token,
    routes = { require "homey.cli.http.events"(home.scheduler) },
  }
  log("info", ("listens on http://%s:%d; its token is in %s.")
    :format(at.host:find ":" and "[" .. at.host .. "]" or at.host, server.port, path))
  if not at.is_loopback then
    log("warning", "plain http to this address can be read on the network, the token too.")
  end
  return server
end
