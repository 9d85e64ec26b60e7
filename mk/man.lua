-- Manual pages: writes homey.1, homey-lua.1 and a page for each command into a folder.
--   lua mk/man.lua FOLDER BUILD     BUILD has homey/core.so for this Lua: build/5.4

local folder, build = arg[1], arg[2]
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = build .. "/?.so;" .. package.cpath

local cli = require "homey.cli"
local pages = require "homey.cli.manual.pages"

local version = require("homey.core").version

local function write(name, text)
  local file = assert(io.open(("%s/%s.1"):format(folder, name), "w"))
  assert(file:write(text))
  assert(file:close())
end

write("homey", pages.of_all(cli, version))
write("homey-lua", ".so man1/homey.1\n")
for _, name in ipairs(cli.names()) do
  if cli.command(name) then write("homey-" .. name, pages.of(cli, name, version)) end
end
