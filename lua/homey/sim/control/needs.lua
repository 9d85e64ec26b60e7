-- Modules that a simulated server needs, and how to install them.

local invalid = require "homey.util.invalid"

local modules = { "cqueues", "openssl.rand", "http.h1_connection" }

local advice = "the simulated server needs lua-http with cqueues and luaossl, and this Lua has no "
  .. "module '%s'. Install it with one of these: apt install lua-http; "
  .. "luarocks --lua-version=%s install http."

-- The folder of pure Lua modules that Debian installs for one version of Lua only.
local debian_path = ";/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua"

local function version()
  return rawget(_G, "jit") and "5.1" or _VERSION:match "%d+%.%d+"
end

--- Find the modules, or raise an error that says how to install them.
return function()
  if not pcall(require, "http.h1_connection") then package.path = package.path .. debian_path end
  for _, name in ipairs(modules) do
    if not pcall(require, name) then invalid(advice, name, version()) end
  end
end
