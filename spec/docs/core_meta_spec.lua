--- Annotations of homey.core (lua/homey/meta/core.lua): they declare exactly what the C module has.
local core = require "homey.core"

local read = dofile("mk/files.lua").contents

local meta = read "lua/homey/meta/core.lua"

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- The functions that the annotations declare for an owner: name -> {arguments}, and those required.
local function declared(owner)
  local functions, wanted = {}, {}
  for line in meta:gmatch("[^\n]*\n") do
    local name, arguments = line:match("^function " .. owner .. "[.:]([%w_]+)%((.-)%) end")
    local param, optional = line:match("^%-%-%-@param ([%w_]+)(%??)")
    if param then wanted[param] = optional == "" end
    if name then
      functions[name] = { required = 0 }
      for argument in arguments:gmatch("[%w_]+") do
        local complaint = ("%s.%s: %s has no @param"):format(owner, name, argument)
        assert.is_not_nil(wanted[argument], complaint)
        if wanted[argument] then functions[name].required = functions[name].required + 1 end
        wanted[argument] = nil
      end
      assert.same({}, wanted, ("%s.%s: a @param of nothing"):format(owner, name))
    end
    if not line:find("^%-%-%-") then wanted = {} end
  end
  return functions
end

local function fields_of(class)
  local fields = {}
  local pattern = "%-%-%-@class " .. class:gsub("%.", "%%.") .. "[^\n]*\n(.-)local "
  local block = assert(meta:match(pattern))
  for name, kind in block:gmatch("%-%-%-@field ([%w_]+) (%S+)") do fields[name] = kind end
  return fields
end

local loop, client

before_each(function()
  loop = core.loop()
  client = assert(loop:client { address = "http://127.0.0.1:9", token = "a:b:c" })
end)
after_each(function() loop:close() end)

local function offered(object)
  local functions = {}
  for name, value in pairs(getmetatable(object).__index) do
    assert.is_function(value)
    functions[name] = true
  end
  return functions
end

describe("the annotations of the core", function()
  it("name each function and field", function()
    local functions, fields = {}, {}
    for name, value in pairs(core) do
      if type(value) == "function" then functions[name] = true else fields[name] = true end
    end
    assert.same(sorted(functions), sorted(declared "core"))
    assert.same(sorted(fields), sorted(fields_of "homey.core"))
  end)

  it("give each field a type", function()
    for name, kind in pairs(fields_of "homey.core") do
      local expected = kind == "lightuserdata" and "userdata" or kind:match "^table" or kind
      assert.equal(expected, type(core[name]), name)
    end
    for _, preset in ipairs(core.presets) do
      for name in meta:match("known OAuth clients {(.-)}"):gmatch("[%w_]+") do
        assert.is_string(preset[name])
        preset[name] = nil
      end
      assert.is_nil(next(preset))
    end
  end)

  it("name each method of a loop", function()
    assert.same(sorted(offered(loop)), sorted(declared "Loop"))
  end)

  it("name each method of a client", function()
    assert.same(sorted(offered(client)), sorted(declared "Client"))
  end)

  local function refuses_too_little(functions, object)
    for name, each in pairs(functions) do
      if each.required > 0 then
        local call = object and function() object[name](object) end or function() core[name]() end
        local ok, message = pcall(call)
        assert.is_false(ok, name)
        assert.matches("bad argument", message)
      end
    end
  end

  it("mark the arguments that may be omitted", function()
    refuses_too_little(declared "core")
    refuses_too_little(declared "Loop", loop)
    refuses_too_little(declared "Client", client)
  end)

  it("name the options of a request with their types", function()
    local fields = meta:match "@class homey%.core%.RequestOptions\n(.-)\n\n"
    for name, kind in fields:gmatch "@field ([%w_]+)%? ([%w_.]+)" do
      local options = { operation = "x", manager = "homey:manager:x", args = {} }
      assert.is_number(client:request("GET", "/", nil, options))
      options[name] = print
      local ok = pcall(client.request, client, "GET", "/", nil, options)
      assert.equal(kind == "boolean", ok, name)
    end
  end)

  it("name the results of a login", function()
    local answered = {}
    local fields = meta:match "@class homey%.core%.LoginResult\n(.-)\n\n"
    for name in fields:gmatch "@field ([%w_]+)" do
      answered[name] = true
    end
    local home = read "lua/homey/home.lua"
    for name in home:match("local facts = {(.-)}"):gmatch('"([%w_]+)"') do
      assert.is_true(answered[name], name)
    end
  end)
end)
