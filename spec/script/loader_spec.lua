-- homey.loader: homey.core is loaded as before, and refused to another Lua as before.
local logins = require "spec.support.logins"

local quoted = logins.quoted

local function output_of(words)
  local pipe = io.popen(words)
  local text = pipe:read "*a"
  pipe:close()
  return text
end

local here = rawget(_G, "jit") and "jit" or _VERSION:match "%d%.%d"
local is_alike = { ["5.1"] = "jit", jit = "5.1" } -- either takes the modules of the other

describe("homey.loader", function()
  it("loads the core", function() assert.is_true(require("homey.loader").has_core) end)

  for lua in output_of("sh mk/lua.sh found"):gmatch "%S+" do
    if lua ~= here and lua ~= is_alike[here] then
      it("leaves it to the error of require that Lua " .. lua .. " is another", function()
        local bin = output_of("sh mk/lua.sh bin " .. lua):match "[^\n]+"
        local program = ("package.path = %q package.cpath = %q print(pcall(require, 'homey'))")
          :format(package.path, package.cpath)
        assert.matches("^false\thomey was built for another Lua, and this is Lua",
          output_of(("%s -e %s 2>&1"):format(quoted(bin), quoted(program))))
      end)
    end
  end
end)
